# shellcheck shell=bash
# Debian's archive through a private apt configuration: nothing of the machine's own is changed, no root is needed.
# The mirrors are those of the machine's own apt configuration. Sourced, never run.

# debian_mirror: the address that this machine's apt takes Debian from.
debian_mirror() {
  local uri
  # shellcheck disable=SC2016 # the words are apt's, not this shell's
  uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    awk '$2 !~ /-security|-updates|-backports/ && $1 ~ /debian/ { print $1; exit }')
  [ -n "$uri" ] || die "apt on this machine names no Debian archive" "add one to /etc/apt/sources.list and run apt-get update"
  printf '%s\n' "$uri"
}

# private_apt FOLDER SUITE TYPE: prepares FOLDER as the state of a private apt whose only source is SUITE (TYPE deb or
# deb-src). Prints the file to name in APT_CONFIG.
private_apt() {
  local folder=$1 suite=$2 type=$3
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  : >"$folder/status"
  printf '%s %s %s main\n' "$type" "$(debian_mirror)" "$suite" >"$folder/sources.list"
  cat >"$folder/apt.conf" <<CONF
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$folder/lists";
Dir::State::Status "$folder/status";
Dir::Cache "$folder/cache";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::List-Cleanup "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "60";
CONF
  printf '%s\n' "$folder/apt.conf"
}

# download_packages APT_CONF FOLDER PACKAGE…: the packages with all they depend on, unpacked below FOLDER, nothing installed.
download_packages() {
  local conf=$1 folder=$2 archives package
  shift 2
  archives=$(dirname "$conf")/cache/archives
  rm -f "$archives"/*.deb
  mkdir -p "$folder"
  APT_CONFIG=$conf apt-get -q -y --download-only install "$@"
  for package in "$archives"/*.deb; do
    dpkg-deb -x "$package" "$folder"
  done
  rm -f "$archives"/*.deb
}
