#!/bin/sh
# Compares SELinux with what is wanted, or brings it in line.
#   check|apply Enforcing|Permissive|Disabled|Unmanaged
# Unmanaged leaves the mode alone, now and for the next start. That guests may use NFS is needed in every mode: a permissive machine becomes an enforcing one some day.

verb=$1 mode=$2
config=/etc/selinux/config

differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }

if ! command -v getenforce >/dev/null; then echo 'ready the machine has no SELinux'; exit 0; fi
current=$(getenforce)
# Debian's selinux-utils alone bring the tools but neither a policy nor its configuration.
if [ ! -f "$config" ] && [ "$current" = Disabled ]; then echo 'ready the machine has no SELinux'; exit 0; fi
wanted=$(printf %s "$mode" | tr '[:upper:]' '[:lower:]')
if [ "$mode" != Unmanaged ]; then
  configured=yes
  if [ -f "$config" ] && ! grep -qix "SELINUX=$wanted" "$config"; then
    configured=no
    if differs "$config does not say $wanted"; then
      if grep -q '^SELINUX=' "$config"; then sed -i "s/^SELINUX=.*/SELINUX=$wanted/" "$config"; else echo "SELINUX=$wanted" >> "$config"; fi || exit 1
    fi
  fi
  case $mode/$current in
    # A restart helps only after the file is right.
    Enforcing/Disabled)
      [ "$configured" = no ] || echo 'blocked SELinux is disabled in the running kernel: restart the host, or set spec.preparation.selinux to Disabled'
      exit 0
      ;;
    Enforcing/Permissive) differs 'SELinux only logs' && { setenforce 1 || exit 1; } ;;
    Permissive/Enforcing | Disabled/Enforcing) differs 'SELinux is enforcing' && { setenforce 0 || exit 1; } ;;
  esac
fi
if [ "$current" != Disabled ] && command -v getsebool >/dev/null && permission=$(getsebool virt_use_nfs 2>/dev/null); then
  case $permission in *' on') ;; *) differs 'guests may not use NFS' && { setsebool -P virt_use_nfs on || exit 1; } ;; esac
fi
if [ "$mode" = Unmanaged ]; then
  echo "ready SELinux stays $(printf %s "$current" | tr '[:upper:]' '[:lower:]'), as it is"
else
  echo "ready SELinux is $wanted"
fi
