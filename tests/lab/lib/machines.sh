# shellcheck shell=bash
# One machine of the lab: a QEMU process with two network cards, controlled through its monitor. Sourced by 'lab', never run.

all_nodes() { awk '!/^#/ && NF >= 4 { print $1 }' "$LAB_SCRIPTS/nodes"; }
max_hosts() { echo $(($(all_nodes | wc -l) - 1)); }
lab_nodes() { all_nodes | head -n $((HOSTS + 1)); }

# node_field NAME COLUMN
node_field() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$LAB_SCRIPTS/nodes"; }

# node_index NAME: its place in the list, from 0.
node_index() { all_nodes | grep -nxF "$1" | awk -F: '{ print $1 - 1 }'; }

require_node() {
  [ -n "$1" ] || die "which machine?" "name one of: $(lab_nodes | paste -sd' ')"
  lab_nodes | grep -qxF -- "$1" || die "there is no machine '$1' in the lab '$NAME'" "name one of: $(lab_nodes | paste -sd' ')"
}

require_running() {
  process_id "$STATE/$1" qemu >/dev/null || die "$1 is powered off" "power it on: lab start $1"
}

# Written whole or not at all, so that an interrupted 'up' leaves nothing half said.
write_lab() {
  local key
  # shellcheck disable=SC2046 # names of images are words
  key=$(lab_key "$(key_kind $(images_of "$3" $(HOSTS=$2 lab_nodes)))")
  with_lock lab-key make_keys
  cat >"$STATE/lab.new" <<TEXT
PORT_BASE=$1
HOSTS=$2
IMAGE=$3
KEY=$key
TEXT
  mv "$STATE/lab.new" "$STATE/lab"
}

read_lab() {
  [ -s "$STATE/lab" ] || die "there is no lab '$NAME'" "start it with: tests/lab/lab up"
  # shellcheck disable=SC1091
  . "$STATE/lab"
}

ssh_port() { echo $((PORT_BASE + $(node_index "$1"))); }

# A machine under load may say nothing for a while: only after a minute of silence on a usual machine a command's connection counts as lost.
write_ssh_config() {
  local name pace
  pace=$(pace)
  for name in $(lab_nodes); do
    printf 'Host %s\n  HostName 127.0.0.1\n  Port %s\n  HostKeyAlias %s\n' "$name" "$(ssh_port "$name")" "$name"
  done
  printf 'Host *\n  User root\n  IdentityFile %s\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n  StrictHostKeyChecking accept-new\n  ConnectTimeout %s\n  ServerAliveInterval 5\n  ServerAliveCountMax %s\n  LogLevel ERROR\n' \
    "$KEY" "$STATE/known_hosts" $((10 * pace)) $((12 * pace))
}

# accelerator: hardware virtualisation only where the processor has it and a machine really starts with it: /dev/kvm alone
# proves nothing inside containers and other machines.
accelerator() {
  local probe=$STATE/accelerator
  if [ ! -s "$probe" ]; then
    if grep -qE '\b(vmx|svm)\b' /proc/cpuinfo && [ -w /dev/kvm ] && kvm_boots; then echo kvm >"$probe"; else echo tcg,thread=multi >"$probe"; fi
  fi
  cat "$probe"
}

kvm_boots() {
  [ "$(printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"query-status"}' '{"execute":"quit"}' |
    timeout "$(patience 10)" qemu-system-x86_64 -accel kvm -cpu host -display none -nodefaults -m 64 -qmp stdio 2>/dev/null | grep -c '"running": true')" = 1 ]
}

# qmp NAME COMMAND: sends one monitor command, prints its answer; fails when QEMU reports an error.
qmp() {
  local answer
  answer=$(cd "$STATE/$1" && printf '%s\n' '{"execute":"qmp_capabilities"}' "$2" |
    socat -t 360 - UNIX-CONNECT:qmp.sock 2>/dev/null | jq -c 'select(has("return") or has("error"))' | sed -n 2p) || true
  [ -n "$answer" ] || return 1
  printf '%s\n' "$answer"
  ! jq -e 'has("error")' <<<"$answer" >/dev/null
}

machine_state() {
  if ! process_id "$STATE/$1" qemu >/dev/null; then
    echo off
  else
    qmp "$1" '{"execute":"query-status"}' | jq -r '.return.status' 2>/dev/null || echo starting
  fi
}

# start_switch: the storage network, a hub with a port for each machine: a QEMU process without a machine. A stream keeps what a
# busy machine did not read yet. Multicast would drop it, and connections that lose packet after packet stand still for half a minute.
start_switch() {
  local folder=$STATE/switch name ports=() i tries
  process_id "$folder" qemu >/dev/null && return
  mkdir -p "$folder"
  rm -f "$folder"/*.sock
  for name in $(lab_nodes); do
    ports+=(-netdev "stream,id=$name,server=on,addr.type=unix,addr.path=$name.sock" -netdev "hubport,id=port-$name,hubid=0,netdev=$name")
  done
  start_process "$folder" qemu qemu-system-x86_64 -name switch -machine none -display none -nodefaults "${ports[@]}"
  tries=$(($(patience 10) * 10))
  for ((i = 0; i < tries; i++)); do
    [ "$(find "$folder" -name '*.sock' | wc -l)" -lt "$(lab_nodes | wc -l)" ] || return 0
    sleep 0.1
  done
  tail -n 5 "$folder/qemu.log" | sed 's/^/  | /' >&2
  die "QEMU did not start the network of the lab" "read $folder/qemu.log; it takes QEMU 7.2 or later"
}

# start_machine NAME [QEMU OPTION…]: powers it on; a machine that runs is left alone.
start_machine() {
  # Five levels of page tables make every miss dearer, and a virtual interrupt flag serves only guests of guests of guests.
  # The processors' log says why a machine reset itself: nobody asks for a triple fault.
  local name=$1 folder=$STATE/$1 index image processor=max,-la57,-vgif acceleration
  shift
  process_id "$folder" qemu >/dev/null && return
  index=$(node_index "$name")
  image=$(cat "$folder/image")
  acceleration=$(accelerator)
  [ "$acceleration" != kvm ] || processor=host
  mkdir -p "$folder"
  [ -s "$folder/disk.qcow2" ] || qemu-img create -q -f qcow2 -F qcow2 -b "$image/disk.qcow2" "$folder/disk.qcow2"
  ! port_in_use "$(ssh_port "$name")" || die "port $(ssh_port "$name") is in use by another program" "end that program, or 'lab down' and 'lab up --port-base' with another block"
  rm -f "$folder/qmp.sock" "$folder/serial.sock"
  start_process "$folder" qemu qemu-system-x86_64 -name "$name" -machine q35 -accel "$acceleration" -cpu "$processor" \
    -smp "$(node_field "$name" 4)" -m "$(node_field "$name" 3)" -display none -nodefaults \
    -kernel "$image/vmlinuz" -initrd "$image/initrd.img" \
    -append "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 systemd.hostname=$name ip=$(node_field "$name" 2):::255.255.255.0:$name:eth1:off $(cat "$image/kernel-options")" \
    -drive file=disk.qcow2,if=none,id=disk,cache=unsafe,discard=unmap -device virtio-blk-pci,drive=disk \
    -netdev "user,id=management,hostfwd=tcp:127.0.0.1:$(ssh_port "$name")-:22" -device "virtio-net-pci,netdev=management,mac=52:54:00:4b:00:0$index" \
    -netdev "stream,id=storage,addr.type=unix,addr.path=../switch/$name.sock" -device "virtio-net-pci,netdev=storage,mac=52:54:00:4b:01:0$index" \
    -device virtio-rng-pci \
    -chardev socket,id=serial,path=serial.sock,server=on,wait=off,logfile=console.log,logappend=on -serial chardev:serial \
    -qmp unix:qmp.sock,server=on,wait=off -d cpu_reset -D processor.log "$@"
  wait_for_monitor "$name"
}

wait_for_monitor() {
  local folder=$STATE/$1 i tries
  tries=$(($(patience 30) * 10))
  for ((i = 0; i < tries; i++)); do
    qmp "$1" '{"execute":"query-status"}' >/dev/null 2>&1 && return
    if [ "$i" -gt 5 ] && ! process_id "$folder" qemu >/dev/null; then
      tail -n 5 "$folder/qemu.log" | sed 's/^/  | /' >&2
      die "QEMU did not start $1" "read $folder/qemu.log"
    fi
    sleep 0.1
  done
  die "QEMU's monitor of $1 does not answer" "read $folder/qemu.log"
}

wait_for_ssh() {
  local name=$1 deadline started=$SECONDS next=$((SECONDS + 15))
  deadline=$((SECONDS + $(patience 600)))
  until ssh -F "$STATE/ssh_config" -o BatchMode=yes "$name" true 2>/dev/null; do
    process_id "$STATE/$name" qemu >/dev/null || die "$name stopped while it booted" "read $STATE/$name/qemu.log"
    [ "$SECONDS" -lt "$deadline" ] || die "$name does not answer by SSH" "look at its console: tests/lab/lab --name $NAME console $name"
    if [ "$SECONDS" -ge "$next" ]; then
      say "  … $name boots: $((SECONDS - started)) s"
      next=$((SECONDS + 15))
    fi
    sleep 0.5
  done
}

start_machines() {
  local started=$SECONDS name
  for name in $(lab_nodes); do
    mkdir -p "$STATE/$name"
    "$LAB_SCRIPTS/host-image/build-host-image" "$(machine_image "$name")" "$KEY.pub" >"$STATE/$name/image.new"
    # A machine that was there keeps its own.
    [ -s "$STATE/$name/image" ] || mv "$STATE/$name/image.new" "$STATE/$name/image"
  done
  write_ssh_config >"$STATE/ssh_config"
  accelerator >/dev/null
  start_switch
  say "- starting $(lab_nodes | paste -sd' ') ($(accelerator))"
  if all_booted_before; then
    each_node boot_machine || die "a machine did not boot" "see above; 'lab down' cleans up"
  else
    # Two labs that boot for the first time would each wait twice as long, for the same files.
    with_lock first-boot each_node boot_machine || die "a machine did not boot" "see above; 'lab down' cleans up"
  fi
  # Once a lab, when all are up: what waits are scaled by.
  [ -s "$STATE/pace" ] || measure_pace "$(lab_nodes | tail -n 1)"
  write_ssh_config >"$STATE/ssh_config"
  say "  all answer by SSH after $((SECONDS - started)) s; waits are scaled by $(pace)"
}

# booted_disk NAME: where the cache keeps this machine as it is right after its first boot. Another image, size or QEMU
# command line is another machine; what else changes in these scripts is not.
booted_disk() {
  printf '%s/booted/%s/%s.qcow2\n' "$LAB_CACHE" \
    "$(content_key "$(cat "$STATE/$1/image")" "$LAB_SCRIPTS/nodes" "$(declare -f start_machine serve_time)" "$(accelerator)" "$(qemu-system-x86_64 --version | head -n 1)")" "$1"
}

all_booted_before() {
  local name
  for name in $(lab_nodes); do
    [ -s "$(booted_disk "$name")" ] || return 1
  done
}

# boot_machine NAME: until it answers by SSH. The first boot takes minutes under emulation, so it is kept for the next time.
boot_machine() {
  local name=$1 disk=$STATE/$1/disk.qcow2 booted
  if process_id "$STATE/$name" qemu >/dev/null; then
    wait_for_ssh "$name"
    return
  fi
  booted=$(booted_disk "$name")
  if [ -s "$disk" ]; then
    start_machine "$name"
    wait_for_ssh "$name"
    return
  fi
  if [ ! -s "$booted" ]; then
    start_machine "$name" && wait_for_ssh "$name" && keep_booted_machine "$name" "$booted" || return 1
  fi
  mkdir -p "$STATE/$name"
  cp --sparse=always "$booted" "$disk.new" && mv "$disk.new" "$disk"
  start_machine "$name" -loadvm booted && set_clock "$name"
}

keep_booted_machine() {
  local name=$1 booted=$2
  # Not ready by then is no failure: the machine answers, which is what counts.
  timeout "$(patience 180)" ssh -F "$STATE/ssh_config" "$name" 'systemctl is-system-running --wait' >/dev/null 2>&1 || true
  [ "$name" != storage ] || serve_time "$name" || return 1
  pause_machine "$name" && save_machine "$name" booted && kill_machine "$name" || return 1
  mkdir -p "$(dirname "$booted")"
  mv "$STATE/$name/disk.qcow2" "$booted.$$.$name" && mv "$booted.$$.$name" "$booted"
}

# serve_time NAME: no time server of the world can be reached from here, so the storage server is the network's. The bare
# image has no server for it, and this one needs it nevertheless: a site's clock is there before its hosts are.
serve_time() {
  ssh -F "$STATE/ssh_config" "$1" sh -e >"$STATE/$1/time-server.log" 2>&1 <<'TEXT' || die "$1 does not serve the time" "read $STATE/$1/time-server.log"
command -v chronyd || { apt-get -q update; DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends chrony; }
config=/etc/chrony.conf
[ ! -d /etc/chrony/conf.d ] || config=/etc/chrony/conf.d/lab.conf
printf 'local stratum 8\nallow\n' >>"$config"
systemctl restart chronyd
! systemctl -q is-active firewalld || { firewall-cmd -q --permanent --add-service=ntp; firewall-cmd -q --reload; }
TEXT
}

# kill_machine NAME: a power cut. QEMU itself ends in order, since the image file's own tables must not be harmed.
kill_machine() {
  local id i
  id=$(process_id "$STATE/$1" qemu) || return 0
  qmp "$1" '{"execute":"quit"}' >/dev/null || true
  for ((i = 0; i < 300; i++)); do
    process_alive "$id" || return 0
    sleep 0.1
  done
  kill -KILL "$id"
}

pause_machine() { qmp "$1" '{"execute":"stop"}' >/dev/null; }
resume_machine() { qmp "$1" '{"execute":"cont"}' >/dev/null; }

# save_machine NAME SNAPSHOT
save_machine() {
  local answer
  answer=$(qmp "$1" "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"savevm $2\"}}") || return 1
  [ "$(jq -r .return <<<"$answer")" = "" ] || { say "$1: $(jq -r .return <<<"$answer")"; return 1; }
}

save_lab_machine() { save_machine "$1" "$SNAPSHOT"; }

# Started with its processors stopped, so that all machines go on at the same moment.
restore_machine() { start_machine "$1" -loadvm "$SNAPSHOT" -S; }

# A restored machine believes that it is still the moment of the snapshot.
set_clock() {
  wait_for_ssh "$1" && ssh -F "$STATE/ssh_config" "$1" "date -s @$(date +%s)" >/dev/null
}

set_link() {
  case $2 in
    management | storage) qmp "$1" "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"$2\",\"up\":$3}}" >/dev/null ;;
    *) die "which network of $1?" "management or storage" ;;
  esac
}

console() {
  if [ -t 0 ]; then
    require_running "$1"
    say "- the console of $1; leave with Ctrl-]"
    cd "$STATE/$1" && exec socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:serial.sock
  else
    cat "$STATE/$1/console.log"
  fi
}
