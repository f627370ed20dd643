#!/bin/sh
# Mounts stores on a host by units of systemd, which return after a restart.
#   list                          prints the paths of all stores that have a unit of ours
#   check PATH SERVER EXPORT      compares; changes nothing. The unit's text comes on standard input.
#   mount PATH SERVER EXPORT      the unit's text comes on standard input
#   unmount PATH staying|leaving  also forgets it. From a host that is leaving, a mount whose server is away is detached, because nothing else could end it.
# A mount or a unit that somebody else made of the same export is taken over where it is, and stays when we go.

verb=$1 path=$2
mark='# Written by kvm-operator'
units=/etc/systemd/system
# What was mounted before there was a unit of ours: a file for each unit with the boot on which that was.
theirs=/etc/kvm-operator/mounted-before

is_ours() { grep -q "^$mark" "$1" 2>/dev/null; }

# Sets source, type and options of what is mounted on the path, empty when nothing is. The table is read without touching the mount itself, which holds whoever does when the server is away.
read_mount() {
  source='' type='' options=''
  # shellcheck disable=SC2046 # A word each.
  set -- $(awk -v path="$path" '$2 == path { mount = $1 " " $3 " " $4 } END { print mount }' /proc/self/mounts)
  [ $# -lt 3 ] || { source=$1 type=$2 options=$3; }
}

# The value of an option in a list, whatever it is called in.
value() { printf '%s\n' "$1" | tr ',' '\n' | sed -n "s/^\(nfs\)*$2=//p" | tail -n 1; }

# Whether what is mounted is the export of the server: by the same words, or by another name or spelling of the same address. The kernel shows the address that it uses.
is_wanted() {
  case $type in nfs | nfs4) ;; *) return 1 ;; esac
  case $source in
    \[*) of=${source#\[} of=${of%%\]*} exported=${source#*\]:} ;;
    *) of=${source%%:*} exported=${source#*:} ;;
  esac
  while [ "$exported" != "${exported%/}" ] && [ "$exported" != / ]; do exported=${exported%/}; done
  [ "$exported" = "$export" ] || return 1
  [ "$of" != "$server" ] || return 0
  address=$(value "$options" addr)
  [ -n "$address" ] || return 1
  case $server in
    *:*) known=$server ;;
    *[!0-9.]*) known=$(timeout "$((5 * PACE))" getent ahosts "$server" | awk '!seen[$1]++ { print $1 }') ;;
    *) known=$server ;;
  esac
  printf '%s\n' "$known" | grep -qxF -- "$address"
}

# The first things in the folder that no unit of ours was made for: a store on top would hide them, and they may be disks of guests.
foreign() { is_ours "$file" || timeout -k 1 "$((5 * PACE))" ls -A -- "$path" 2>/dev/null | grep -vx 'lost+found' | head -n 3 | tr '\n' ' '; }
refusal() { echo "the folder $path holds files that the store would hide (${1% }): move them away, or choose another spec.mountPath for the NfsStore; nothing was touched"; }

# Whether the mount was there before us, and still is what it was: of this boot, or one that the machine makes itself.
was_theirs() {
  [ -e "$theirs/$unit" ] || return 1
  [ "$(cat "$theirs/$unit")" = "$(cat /proc/sys/kernel/random/boot_id)" ] || awk -v path="$path" '$1 !~ /^#/ && $2 == path { found = 1 } END { exit !found }' /etc/fstab 2>/dev/null
}

if [ "$verb" = list ]; then
  grep -l "^$mark" "$units"/*.mount 2>/dev/null | while read -r file; do sed -n 's/^Where=//p' "$file"; done
  exit 0
fi

unit=$(systemd-escape --path --suffix=mount -- "$path")
file=$units/$unit
read_mount

case $verb in
  check)
    server=$3 export=$4
    wanted=$(cat)
    name=$(printf '%s\n' "$wanted" | sed -n 's/^What=//p')
    [ "$(cat "$file" 2>/dev/null)" = "$wanted" ] || echo "drift the mount of $path is not set up as wanted"
    systemctl is-enabled --quiet "$unit" 2>/dev/null || echo "drift $path is not mounted after a restart"
    if [ -z "$source" ]; then
      echo "drift $path is not mounted"
      held=$(foreign)
      [ -z "$held" ] || echo "blocked $(refusal "$held")"
    elif is_wanted; then
      timeout -k 1 "$((5 * PACE))" stat -f -- "$path" >/dev/null 2>&1 || echo "blocked $name does not answer: check the server and the network to it"
      danger=
      for option in $(printf '%s\n' "$options" | tr ',' ' '); do
        case $option in
          soft | softerr | softreval) danger="$danger, $option (writes are given up while the server is away)" ;;
          nolock | local_lock=all | local_lock=flock | local_lock=posix) danger="$danger, $option (nothing keeps a guest from running twice)" ;;
          ro) danger="$danger, $option (guests cannot write)" ;;
        esac
      done
      [ -z "$danger" ] || echo "blocked $path is mounted with ${danger#, }, which endangers the disks of guests there: shut them down or move them away, and unmount it when nothing uses it (umount $path); it is mounted anew as it should be"
    else
      echo "blocked something else is mounted on $path: $source $type"
    fi
    # Only those options are compared that the kernel shows as they were given.
    asked=$(printf '%s\n' "$wanted" | sed -n 's/^Options=//p')
    older=
    for option in vers timeo retrans; do
      have=$(value "$options" "$option") want=$(value "$asked" "$option")
      [ -z "$have" ] || [ -z "$want" ] || case $have in "$want" | "$want".*) ;; *) older="$older, $option=$have instead of $want" ;; esac
    done
    [ -z "$older" ] || echo "later $path is still mounted with ${older#, }; what is wanted takes effect when it is mounted anew: restart the host in maintenance, or unmount it there when nothing uses it (systemctl stop $unit)"
    echo "ready $name is mounted on $path"
    ;;

  mount)
    if [ -f "$file" ] && ! is_ours "$file"; then echo "$file belongs to somebody else" >&2; exit 1; fi
    if [ -z "$source" ] && held=$(foreign) && [ -n "$held" ]; then refusal "$held" >&2; exit 1; fi
    if [ ! -f "$file" ]; then
      if [ -n "$source" ]; then
        mkdir -p "$theirs" && cat /proc/sys/kernel/random/boot_id > "$theirs/$unit" || exit 1
      else
        rm -f "$theirs/$unit"
      fi
    fi
    timeout -k 1 "$((10 * PACE))" mkdir -p -- "$path" && cat > "$file.new" && mv -f "$file.new" "$file" && systemctl daemon-reload && systemctl enable --quiet "$unit" || exit 1
    began=$(date +%s)
    said=$(timeout "$((45 * PACE))" systemctl start "$unit" 2>&1) && exit
    # systemctl says only that it failed; what mount said is in the journal.
    journalctl --sync 2>/dev/null
    why=$(journalctl -u "$unit" --since "@$began" -o cat 2>/dev/null | grep '^mount' | tail -n 2)
    printf '%s\n' "${why:-${said:-its server does not answer}}" >&2
    case $why in *'No such file or directory'*) echo '(is the folder there, and does the server export no other folder with fsid=0, below which NFS 4 looks for it?)' >&2 ;; esac
    exit 1
    ;;

  unmount)
    leaving=$3
    is_ours "$file" || exit 0
    if case $type in nfs | nfs4) ! was_theirs ;; *) false ;; esac && ! said=$(timeout "$((45 * PACE))" systemctl stop "$unit" 2>&1); then
      if timeout -k 1 "$((5 * PACE))" stat -f -- "$path" >/dev/null 2>&1; then
        printf '%s\n' "$said" "$path cannot be unmounted because something uses it: see on the machine what (fuser -vm $path), and end that" >&2
        exit 1
      elif [ "$leaving" = leaving ] && [ -n "$(find /proc/[0-9]*/fd -lname "$path/*" 2>/dev/null | head -n 1)" ]; then
        # They may be disks of a person's guest, which waits for the server.
        echo "$path cannot be unmounted because its server does not answer and processes have files open there (find /proc/[0-9]*/fd -lname '$path/*'): bring the server back, or end them" >&2
        exit 1
      elif [ "$leaving" = leaving ]; then
        # The helper for NFS is passed by, and no path is looked up: both could wait, too.
        timeout -k 1 "$((20 * PACE))" umount -l -i -c -- "$path" || exit 1
      else
        printf '%s\n' "$said" "$path cannot be unmounted because its server does not answer: bring the server back, or restart the machine" >&2
        exit 1
      fi
    fi
    systemctl disable --quiet "$unit"
    rm -f "$file" "$theirs/$unit"
    rmdir "$theirs" "${theirs%/*}" 2>/dev/null
    systemctl daemon-reload
    ;;
esac
