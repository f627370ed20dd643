#!/bin/sh
# What is kept of a guest beside its disks, in the folder .kept of its own folder on its store: its last definition, its UEFI variables, and a copy of the state of its TPM. Nobody but root reads it;
# the variables are QEMU's, which works with that very file.
#   read FOLDER            prints "tpm TIME STATE" (seconds since 1970 or none; current, older or none) and then the definition; nothing when none is kept
#   keep FOLDER UUID TPM   keeps the definition on standard input. TPM: none; off (its state is copied); starting (copied, and the copy is older from now on); running (the copy is older)
#   restore FOLDER UUID    puts the copy of the TPM's state where libvirt looks for it
#   variables FILE FROM    copies UEFI variables from a file of this host into the file FILE of the folder
#   left FILE FROM         removes that file of this host, if it says the same
#   delete FOLDER          removes all of it
#   send UUID              prints the TPM's state in base64; nothing when there is none
#   take UUID              puts that state, from standard input, where libvirt looks for it

states=/var/lib/libvirt/swtpm
umask 077

# fresh FOLDER: asks the store's server anew what is there, from the top: for half a minute NFS may know nothing of what another host has just made (acdirmin in nfs(5)). Who opens a folder gets to know.
fresh() {
  case $1 in /*/*) fresh "${1%/*}" ;; esac
  [ ! -d "$1" ] || true < "$1"
}

# On a store that is not mounted everything would land on the host's own disk, and under the mount later.
ready() {
  mountpoint -q -- "${kept%/*/*}" || { echo "${kept%/*/*} is not mounted" >&2; exit 1; }
  # QEMU passes through here to the UEFI variables.
  (umask 022 && mkdir -p -- "${kept%/*}") && { [ -d "$kept" ] || mkdir -m 0711 -- "$kept"; } || exit 1
}

copy_state() {
  tar -C "$states/$1" -cf "$state.part" . && sync -- "$state.part" && mv -f -- "$state.part" "$state"
}

# Replaces the state of a TPM by the archive on standard input. What was there before is kept aside.
put_state() {
  rm -rf -- "$states/$1.new" && { [ -d "$states" ] || mkdir -m 0711 -- "$states"; } && mkdir -m 0711 -- "$states/$1.new" && tar -C "$states/$1.new" -xpf - || exit 1
  if [ -e "$states/$1" ]; then rm -rf -- "$states/$1.replaced" && mv -- "$states/$1" "$states/$1.replaced" || exit 1; fi
  mv -- "$states/$1.new" "$states/$1"
}

verb=$1 kept=$2
case $verb in variables | left) kept=${2%/*} ;; esac
definition=$kept/domain.xml state=$kept/tpm-state.tar has_run=$kept/tpm-has-run variables=$kept/firmware-variables.fd
case $verb in
  read)
    fresh "$kept"
    [ -f "$definition" ] || exit 0
    time=none age=none
    if [ -f "$state" ]; then time=$(stat -c %Y -- "$state") && age=current || exit 1; fi
    [ ! -e "$has_run" ] || age=older
    echo "tpm $time $age"
    cat -- "$definition"
    ;;
  keep)
    ready
    cat > "$definition.part" || exit 1
    if cmp -s -- "$definition.part" "$definition"; then rm -f -- "$definition.part"; else sync -- "$definition.part" && mv -f -- "$definition.part" "$definition" || exit 1; fi
    case $4 in
      off) if [ -d "$states/$3" ]; then copy_state "$3" && rm -f -- "$has_run"; fi ;;
      starting)
        if [ -d "$states/$3" ]; then copy_state "$3" || exit 1; fi
        : > "$has_run" && sync -- "$has_run"
        ;;
      running) [ -e "$has_run" ] || { : > "$has_run" && sync -- "$has_run"; } ;;
    esac
    ;;
  restore)
    [ ! -f "$state" ] || put_state "$3" < "$state"
    ;;
  variables)
    [ -f "$3" ] || exit 0
    ready
    user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
    cp -- "$3" "$variables.part" && { [ -z "$user" ] || chown "$user:" -- "$variables.part"; } && sync -- "$variables.part" && mv -f -- "$variables.part" "$variables"
    ;;
  left)
    ! cmp -s -- "$3" "$variables" || rm -f -- "$3"
    ;;
  delete)
    rm -f -- "$definition" "$state" "$has_run" "$variables" "$definition.part" "$state.part" "$variables.part"
    rmdir -- "$kept" 2>/dev/null
    true
    ;;
  send)
    [ ! -d "$states/$2" ] || tar -C "$states/$2" -cf - . | base64
    ;;
  take)
    base64 -d | put_state "$2"
    ;;
esac
