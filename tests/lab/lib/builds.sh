# shellcheck shell=bash
# What is built once and kept in the cache: what of it is missing, in which order it is made, and how long that takes here. Sourced, never run.

# lab_build NAME [is-built]: builds it and prints its folder, or only tells whether it is there. A host image lets the key of the lab in, if there is one.
lab_build() {
  local name=$1
  shift
  case $name in
    kube-apiserver | crd-server) "$LAB_SCRIPTS/control-plane/build-$name" "$@" ;;
    host-image-*) "$LAB_SCRIPTS/host-image/build-host-image" "$@" "${name#host-image-}" "${KEY:-$(lab_key "$(key_kind "${name#host-image-}")")}.pub" ;;
    operator) if [ "${1:-}" = is-built ]; then operator_is_built; else with_lock operator build_operator; fi ;;
    guest-image) "$LAB_SCRIPTS/guest-image/build-guest-image" "$@" ;;
  esac
}

build_title() {
  case $1 in
    host-image-*) echo "the ${1#host-image-} host image" ;;
    guest-image) echo "the guest's image" ;;
    crd-server) echo "the CRD server" ;;
    operator) echo "the operator" ;;
    solution) echo "the solution" ;;
    *) echo "$1" ;;
  esac
}

# usual_seconds NAME: on a machine of pace 1.
usual_seconds() {
  case $1 in
    kube-apiserver) echo 110 ;;
    crd-server) echo 80 ;;
    host-image-rhel-like | host-image-debian-13) echo 90 ;;
    host-image-*) echo 60 ;;
    guest-image) echo 10 ;;
    operator) echo 30 ;;
    solution) echo 60 ;;
  esac
}

# expected NAME: in words, as it was on this machine, or as its pace lets expect.
expected() {
  local seconds
  seconds=$(cat "$LAB_CACHE/durations/$1" 2>/dev/null) || seconds=$(($(usual_seconds "$1") * $(pace)))
  if [ "$seconds" -lt 60 ]; then echo "less than a minute"; else echo "about $(((seconds + 30) / 60)) min"; fi
}

# took NAME SECONDS: kept for the next time.
took() {
  mkdir -p "$LAB_CACHE/durations"
  printf '%s\n' "$2" >"$LAB_CACHE/durations/$1"
}

# build_in_turn NAME…: builds those that are missing. What compiles runs alone, one after the other, on all cores; the images, which mostly
# wait for the archive and for a disk, are made beside it. Nothing else of the lab runs meanwhile.
build_in_turn() {
  local name missing=() images=() compiled=() number=0 total status=0 job=''
  with_lock lab-key make_keys
  for name in "$@"; do
    lab_build "$name" is-built || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  for name in "${missing[@]}"; do
    case $name in *-image*) images+=("$name") ;; *) compiled+=("$name") ;; esac
  done
  total=${#missing[@]}
  for name in "${images[@]}"; do
    number=$((number + 1))
    say "$number of $total: $(build_title "$name"), $(expected "$name") on this machine"
  done
  if [ ${#images[@]} -gt 0 ]; then
    (for name in "${images[@]}"; do build_one "$name" || exit; done) &
    job=$!
  fi
  for name in "${compiled[@]}"; do
    number=$((number + 1))
    say "$number of $total: $(build_title "$name"), $(expected "$name") on this machine"
    build_one "$name" || { status=$?; break; }
  done
  [ -z "$job" ] || wait "$job" || status=1
  return $status
}

# build_one NAME: a CRD server that cannot be had is told by its script and is no failure.
build_one() {
  local started=$SECONDS status=0
  lab_build "$1" >/dev/null || status=$?
  [ "$1" != crd-server ] || [ $status -ne 3 ] || return 0
  [ $status -ne 0 ] || took "$1" $((SECONDS - started))
  return $status
}

# lab_key [KIND]: the file of the key that machines let in: one for all labs, and one of another kind for those with machines that refuse the usual one.
lab_key() { printf '%s\n' "$LAB_CACHE/lab-key/id_${1:-ed25519}"; }

make_keys() {
  local kind key
  for kind in ed25519 ecdsa; do
    key=$(lab_key $kind)
    [ ! -s "$key" ] || continue
    mkdir -p "$(dirname "$key")"
    ssh-keygen -q -t $kind -N '' -C kvm-operator-lab -f "$key"
  done
}
