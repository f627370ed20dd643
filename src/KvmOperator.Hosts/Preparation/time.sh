#!/bin/sh
# Says how a machine's clock is kept, or has chrony keep it. Behind the functions of a managed block.
#   other          names the service that keeps it, when that is not chrony, and whether the clock is synchronised: yes, no, or unknown. Changes nothing.
#   servers check|apply SERVER...
#                  systemd-timesyncd where that keeps it, with these time servers (none: its own)
#   check|apply    chrony, with what should stand in its file on standard input (check) or in the next argument (apply)
#   remove         takes out what stands in these files

verb=$1
# The two families have different names for it.
config=/etc/chrony.conf service=chronyd
[ ! -d /etc/chrony ] || config=/etc/chrony/chrony.conf service=chrony

dropin=/etc/systemd/timesyncd.conf.d/kvm-operator.conf

# systemctl says only that it failed; what the service said is in the journal.
chrony() { systemctl "$@" "$service" || { journalctl -u "$service" -n 3 -o cat >&2 2>/dev/null; return 1; }; }

case $verb in
  other)
    keeper=none
    ! systemctl is-active --quiet "$service" || keeper=chrony
    for candidate in systemd-timesyncd ntpsec ntp ntpd openntpd; do
      [ "$keeper" = none ] || break
      ! systemctl is-active --quiet "$candidate" || keeper=$candidate
    done
    synchronised=unknown
    case $keeper in
      # It does not tell the kernel.
      openntpd) case $(ntpctl -s status 2>/dev/null) in *'clock synced'*) synchronised=yes ;; ?*) synchronised=no ;; esac ;;
      *) case $(timeout "$((10 * PACE))" timedatectl show -p NTPSynchronized --value 2>/dev/null) in yes) synchronised=yes ;; no) synchronised=no ;; esac ;;
    esac
    echo "$keeper $synchronised"
    ;;
  servers)
    shift
    what=$1
    shift
    text=
    [ $# -eq 0 ] || text=$(printf '# Made by KvmOperator.\n[Time]\nNTP=%s' "$*")
    [ "$(cat "$dropin" 2>/dev/null)" != "$text" ] || exit 0
    if [ "$what" = check ]; then
      echo 'drift the time servers of systemd-timesyncd are not the wanted ones'
    elif [ -z "$text" ]; then
      rm -f "$dropin" && systemctl try-restart systemd-timesyncd
    else
      mkdir -p "${dropin%/*}" && printf '%s\n' "$text" > "$dropin" && systemctl restart systemd-timesyncd
    fi
    ;;
  check)
    [ "$(block_text "$config")" = "$(cat)" ] || echo 'drift the time servers are not the wanted ones'
    systemctl is-active --quiet "$service" || echo 'drift chrony does not run'
    systemctl is-enabled --quiet "$service" || echo 'drift chrony does not start with the machine'
    case $(chronyc -n tracking 2>&1) in
      *'Leap status     : Normal'*) echo 'ready the clock is synchronised' ;;
      *) if systemctl is-active --quiet "$service"; then echo 'unsynchronised'; fi ;;
    esac
    ;;
  apply)
    wanted=$2
    if [ "$(block_text "$config")" != "$wanted" ]; then
      printf %s "$wanted" | block_put "$config" 0644 && chrony restart || exit 1
    fi
    chrony enable --now --quiet || exit 1
    chronyc waitsync 10 0 0 2 >/dev/null 2>&1
    true
    ;;
  remove)
    [ ! -e "$dropin" ] || { rm -f "$dropin" && systemctl try-restart systemd-timesyncd; } || exit 1
    [ -n "$(block_text "$config")" ] || exit 0
    block_put "$config" 0644 </dev/null && systemctl try-restart "$service"
    ;;
esac
