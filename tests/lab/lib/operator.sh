# shellcheck shell=bash
# The operator beside the lab: what Helm would install, and the samples with the lab's addresses. Sourced, never run.

OPERATOR_NAMESPACE=kvm-operator

operator_id() { process_id "$STATE" operator; }
monitoring_port() { echo $((PORT_BASE + PORTS_IN_A_BLOCK - 1)); }
kubectl_lab() { kubectl --kubeconfig "$STATE/control-plane/kubeconfig" "$@"; }

# What Helm would install: the definitions, the namespace, and the Secret with the machines' key.
install_operator() {
  command -v kubectl >/dev/null || ensure_packages kubernetes-client
  LAB_OWNER=$STATE/control-plane "$LAB_SCRIPTS/control-plane/control-plane" crds "$LAB_SCRIPTS"/../../config/crd/*.yaml --state "$STATE/control-plane"
  kubectl_lab get namespace $OPERATOR_NAMESPACE >/dev/null 2>&1 || kubectl_lab create namespace $OPERATOR_NAMESPACE >/dev/null
  kubectl_lab -n $OPERATOR_NAMESPACE get secret kvm-hosts-ssh >/dev/null 2>&1 ||
    kubectl_lab -n $OPERATOR_NAMESPACE create secret generic kvm-hosts-ssh --type=kubernetes.io/ssh-auth --from-file=ssh-privatekey="$KEY" >/dev/null
}

# operator_target: the folder of the operator of exactly these sources. It never changes, so that a build of the source tree changes nothing under a running operator.
operator_target() {
  local root
  root=$(realpath "$LAB_SCRIPTS/../..")
  printf '%s/operator/%s\n' "$LAB_CACHE" "$(cd "$root" && {
    dotnet --version
    find src Directory.*.props ./*.json .editorconfig BannedSymbols.txt -type f ! -path '*/bin/*' ! -path '*/obj/*' -print0 2>/dev/null | sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-16)"
}

operator_is_built() { command -v dotnet >/dev/null && [ -s "$(operator_target)/KvmOperator.dll" ]; }

# build_operator: prints its folder.
build_operator() {
  local target
  command -v dotnet >/dev/null || die "the .NET SDK is missing" "install .NET 10 (https://dot.net) and run this again"
  target=$(operator_target)
  if [ ! -s "$target/KvmOperator.dll" ]; then
    require_space "$LAB_CACHE" 512 "building the operator"
    rm -rf "$target.new"
    run_step "building the operator" "$LAB_CACHE/logs/operator.log" \
      dotnet publish "$LAB_SCRIPTS/../../src/KvmOperator" -c Release -o "$target.new" -nologo -v quiet || die "the operator does not build" "read $LAB_CACHE/logs/operator.log"
    rm -rf "$target"
    mv "$target.new" "$target"
    # Those of sources of long ago.
    find "$LAB_CACHE/operator" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
  fi
  printf '%s\n' "$target"
}

operator() {
  case ${1:-} in
    start) start_operator ;;
    stop) ! id=$(operator_id) || end_process "$id" ;;
    kill) if id=$(operator_id); then kill -KILL "$id"; else die "the operator does not run" "start it with: lab operator start"; fi ;;
    log) cat "$STATE/operator.log" ;;
    port) monitoring_port ;;
    *) die "what about the operator?" "start, stop, kill, log or port" ;;
  esac
}

start_operator() {
  local i tries target
  [ -s "$STATE/control-plane/kubeconfig" ] || die "this lab has no Kubernetes API" "start it with: lab up"
  if operator_id >/dev/null; then
    say "- the operator runs already"
    return
  fi
  install_operator
  target=$(with_lock operator build_operator)
  start_process "$STATE" operator "$LAB_SCRIPTS/keep-operator" env KUBECONFIG="$STATE/control-plane/kubeconfig" KVM_OPERATOR_NAMESPACE=$OPERATOR_NAMESPACE \
    KVM_OPERATOR_MONITORING_PORT="$(monitoring_port)" MALLOC_ARENA_MAX=2 DOTNET_GCgen0size=400000 dotnet "$target/KvmOperator.dll"
  tries=$(($(patience 60) * 5))
  for ((i = 0; i < tries; i++)); do
    ! curl -sf --max-time 5 -o /dev/null "http://127.0.0.1:$(monitoring_port)/readyz" || break
    sleep 0.2
    [ "$i" -lt 10 ] || operator_id >/dev/null || die "the operator ended" "read $STATE/operator.log"
  done
  [ "$i" -lt "$tries" ] || die "the operator is not ready in time" "read $STATE/operator.log"
  say "- the operator works; its log: tests/lab/lab operator log, its metrics: http://127.0.0.1:$(monitoring_port)/metrics"
}

# samples [NAME…]: config/samples as they are, but with the ports of this machine behind which the lab's machines are reached.
samples() {
  local file name ports=() first=yes
  [ $# -gt 0 ] || set -- kvmhosts nfsstore virtualmachine vmmigration
  for name in $(lab_nodes); do ports+=("$name=$(ssh_port "$name")"); done
  for name in "$@"; do
    file=$(realpath -m "$LAB_SCRIPTS/../../config/samples/$name.yaml")
    [ -s "$file" ] || die "there is no sample '$name'" "name one of: $(cd "$LAB_SCRIPTS/../../config/samples" && printf '%s ' *.yaml | sed 's/\.yaml//g')"
    [ $first = yes ] || printf -- '---\n'
    first=no
    # The first name of a document is the object's; the machine behind a store's 'ssh' is the storage server.
    awk -v ports="${ports[*]}" '
      BEGIN { split(ports, pairs, " "); for (i in pairs) { split(pairs[i], pair, "="); port[pair[1]] = pair[2] } }
      $1 == "---" { machine = "" }
      $1 == "kind:" { store = $2 == "NfsStore" }
      $1 == "name:" && machine == "" { machine = store ? "storage" : $2 }
      { print }
      $1 == "ssh:" && machine in port { indent = $0; sub(/ssh:.*/, "  ", indent); printf "%shost: 127.0.0.1\n%sport: %s\n", indent, indent, port[machine] }
    ' "$file"
  done
}

# Puts the guest's image where the sample of the guest expects it.
copy_guest_image() {
  local image
  image=$("$LAB_SCRIPTS/guest-image/build-guest-image")
  ssh -F "$STATE/ssh_config" storage 'mkdir -p /images'
  scp -q -F "$STATE/ssh_config" "$image/guest.qcow2" storage:/images/guest.qcow2
}
