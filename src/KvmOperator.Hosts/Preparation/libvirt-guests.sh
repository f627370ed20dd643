#!/bin/sh
# libvirt-guests.service ends guests in order when their machine is shut down, and that is well; but by its upstream defaults it saves them to the machine's own disk then, and starts them with the machine.
# By that time they may run elsewhere, and their disks are others than their saved memory knows. Functions for other scripts, which have those of a managed block.

libvirt_guests_wanted='ON_BOOT=ignore
ON_SHUTDOWN=shutdown'

libvirt_guests_file() {
  if [ -e /etc/debian_version ]; then echo /etc/default/libvirt-guests; else echo /etc/sysconfig/libvirt-guests; fi
}

# What the service does as things are: Debian's defaults are the wanted ones.
libvirt_guests_now() {
  (
    if [ -e /etc/debian_version ]; then ON_BOOT=ignore ON_SHUTDOWN=shutdown; else ON_BOOT=start ON_SHUTDOWN=suspend; fi
    # The file is a shell script, and is read as the service reads it.
    # shellcheck disable=SC1090
    [ ! -r "$1" ] || . "$1" >/dev/null 2>&1
    printf 'ON_BOOT=%s\nON_SHUTDOWN=%s\n' "$ON_BOOT" "$ON_SHUTDOWN"
  )
}

# Says drift when the service does its work on this machine, and would do something else.
libvirt_guests_check() {
  systemctl is-enabled --quiet libvirt-guests.service 2>/dev/null || systemctl is-active --quiet libvirt-guests.service 2>/dev/null || return 0
  [ "$(libvirt_guests_now "$(libvirt_guests_file)")" = "$libvirt_guests_wanted" ] || echo 'drift libvirt-guests starts or saves guests with the machine, beside the operator'
}

libvirt_guests_put() {
  [ -z "$(libvirt_guests_check)" ] || printf '%s\n' "$libvirt_guests_wanted" | block_put "$(libvirt_guests_file)" 0644
}

libvirt_guests_remove() {
  [ ! -f "$(libvirt_guests_file)" ] || block_put "$(libvirt_guests_file)" 0644 </dev/null
}
