#!/bin/sh
# Which of libvirt's daemons a machine has; for other scripts. Sets "daemons" to their units, and has enabled UNIT.
# Newer distributions have one daemon a purpose instead of libvirtd; sockets start them. Where both can be had, the kind that starts with the machine stays.

enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
if systemctl cat libvirtd.service >/dev/null 2>&1 && { enabled libvirtd.service || ! enabled virtqemud.socket; }; then daemons='libvirtd.socket libvirtd.service'; else
  daemons=
  for daemon in virtqemud virtnetworkd virtnodedevd virtstoraged virtsecretd virtproxyd; do daemons="$daemons $daemon.socket $daemon-ro.socket"; done
fi
