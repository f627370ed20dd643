#!/bin/sh
# Ends what a host that was shut out still has of the operator's guests, and shows that nothing of it is left.
#   destroy NAMESPACE          ends the guests: their processes are gone when it succeeds
#   clean   NAMESPACE PATH...  besides, ends the operator's jobs, removes saved states and definitions, and unmounts the stores at PATH, not lazily: then nothing of them is left in memory
# NAMESPACE is that of the mark in the operator's domains; those of others are left alone. Variables of firmware and the state of TPMs stay.
# clean prints "boot ID", and only if all of that was seen in this boot.
export LC_ALL=C
verb=$1 mark=$2
shift 2

fail() { echo "$1" >&2; exit 1; }
ask() { timeout "$((15 * ${PACE:-1}))" virsh "$@"; }

boot_id() { IFS= read -r boot < /proc/sys/kernel/random/boot_id || fail 'this machine does not say which boot it is'; }

# The operator's domains, whether they run or not.
find_ours() {
  ours=''
  all=$(ask -r list --all --uuid) || fail 'libvirt does not say which guests there are'
  for uuid in $all; do
    definition=$(ask -r dumpxml --inactive -- "$uuid" 2> /dev/null) || definition=$(ask -r dumpxml -- "$uuid" 2> /dev/null) || fail "libvirt does not tell of $uuid"
    case $definition in *"$mark"*) ours="$ours $uuid" ;; esac
  done
}

# The processes that name a domain. What is looked for comes by standard input, or whoever looks would find himself.
# shellcheck disable=SC2062 # The pattern comes by the file; these are the files that are looked through.
processes_of() { printf '%s\n' "$1" | grep -lsaF --file=- /proc/[0-9]*/cmdline | sed 's|^/proc/||; s|/cmdline$||'; }

end_guest() {
  [ "$(ask -r domstate -- "$1" 2> /dev/null)" = 'shut off' ] || ask destroy -- "$1" > /dev/null 2>&1
  tries=$((20 * ${PACE:-1}))
  while left=$(processes_of "$1") && [ -n "$left" ]; do
    # One that waits for a store ends when the store says no.
    # shellcheck disable=SC2086 # A word each.
    kill -9 $left 2> /dev/null
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "a process of $1 does not end: restart this machine"
    sleep 1
  done
}

boot_id
before=$boot
find_ours
for uuid in $ours; do end_guest "$uuid"; done
[ "$verb" = clean ] || exit 0

# They would go on with what they were doing as soon as the stores are back.
systemctl stop 'kvmop-*' 2> /dev/null
systemctl reset-failed 'kvmop-*' 2> /dev/null
[ -z "$(systemctl list-units --no-legend --plain --state=active,activating,deactivating 'kvmop-*')" ] || fail 'a job of the operator does not end: restart this machine'

keep_tpm=''
ask help undefine | grep -q -e --keep-tpm && keep_tpm=--keep-tpm
for uuid in $ours; do
  ask managedsave-remove -- "$uuid" > /dev/null 2>&1
  definition=$(ask -r dumpxml --inactive -- "$uuid" 2> /dev/null) || continue
  case $definition in *'<tpm '*) tpm=$keep_tpm ;; *) tpm='' ;; esac
  # shellcheck disable=SC2086 # One word or none.
  said=$(ask undefine --managed-save --snapshots-metadata --checkpoints-metadata --keep-nvram $tpm -- "$uuid" 2>&1) || fail "libvirt keeps the definition of $uuid: $said"
done

is_mounted() { awk -v path="$1" '$2 == path { found = 1 } END { exit !found }' /proc/self/mounts; }
for path; do
  is_mounted "$path" || continue
  said=$(timeout "$((40 * ${PACE:-1}))" systemctl stop "$(systemd-escape --path --suffix=mount -- "$path")" 2>&1)
  ! is_mounted "$path" || said=$(timeout "$((40 * ${PACE:-1}))" umount -- "$path" 2>&1)
  ! is_mounted "$path" || fail "$path cannot be unmounted ($said): end what uses it, or restart this machine"
done

ended=$ours
find_ours
[ -z "$ours" ] || fail "a guest came back meanwhile:$ours"
for uuid in $ended; do [ -z "$(processes_of "$uuid")" ] || fail "a process of $uuid came back meanwhile"; done
boot_id
[ "$boot" = "$before" ] || fail 'this machine was restarted meanwhile'
echo "boot $boot"
