# shellcheck shell=sh
# Who acts on this host, for epoch-guard.sh and epoch-raise.sh. The folder, which root alone can write to and which a restart of the host empties, holds
#   epoch.INSTALLATION                               the highest epoch seen, a line
#   holders/INSTALLATION,EPOCH,KIND,PID,START        one empty file for each held channel (hold) and each changing command (run); START is the process's start time,
#                                                    so that a number that was given away again is not taken for it. A file whose process is gone means nothing.
# The order makes it safe without a lock around commands: a command writes its file first and then reads the epoch, and a raise writes the epoch first and then
# reads the files. Whichever comes second sees the other. The lock is for writers of the epoch alone.
export LC_ALL=C
folder=$1 installation=$2 epoch=$3

refuse() { # STATUS WORDS: the last line of standard error, which HostEpoch reads
  echo "kvm-operator: $2" >&2
  exit "$1"
}

is_number() { # at most 18 digits: more than a shell can count is no epoch
  case $1 in
    '' | *[!0-9]* | ???????????????????*) return 1 ;;
  esac
}

is_name() {
  case $1 in
    '' | .* | *[!A-Za-z0-9.-]*) return 1 ;;
  esac
}

read_seen() { # sets $seen: 0 where nothing was seen; fails when what stands there is no epoch
  seen=0
  [ -e "$folder/epoch.$installation" ] || return 0
  if read -r seen <"$folder/epoch.$installation" && is_number "$seen"; then return 0; fi
  seen=0
  return 1
}

read_process() { # PID: sets $state, $parent and $start; fails when it is gone
  state='' text=''
  { while IFS= read -r line; do text="$text$line "; done <"/proc/$1/stat"; } 2>/dev/null || return 1
  # The name stands in parentheses and may hold anything.
  text=${text##*) }
  [ -n "$text" ] || return 1
  # shellcheck disable=SC2086 # split into its fields
  set -- $text
  state=$1 parent=$2
  shift 19
  start=$1
}

is_alive() { # PID START: it is there, is that one, and is no zombie
  read_process "$1" && [ "$start" = "$2" ] && [ "$state" != Z ] && [ "$state" != X ]
}

parse() { # FILE: sets $of, $its_epoch, $kind, $pid and $its_start; fails when it is no holder's
  rest=${1##*/}
  of=${rest%%,*} rest=${rest#*,}
  its_epoch=${rest%%,*} rest=${rest#*,}
  kind=${rest%%,*} rest=${rest#*,}
  pid=${rest%%,*} its_start=${rest#*,}
  is_name "$of" && is_number "$its_epoch" && is_number "$pid" && is_number "$its_start" && { [ "$kind" = hold ] || [ "$kind" = run ]; }
}

# Another installation that holds a channel here or is at work manages this host. Sets $files to how many there are.
refuse_while_others_act() {
  files=0
  for file in "$folder"/holders/*; do
    files=$((files + 1))
    case ${file##*/} in "$installation",*) continue ;; esac
    if parse "$file" && is_alive "$pid" "$its_start"; then refuse 74 "managed-elsewhere $of"; fi
  done
}

refuse_lower() { # and sets $seen
  read_seen || refuse 75 'the epoch of this host cannot be read; the next raise writes it anew'
  [ "$epoch" -ge "$seen" ] || refuse 73 "epoch $seen"
}

# Keeps an epoch that is higher than what was seen, and sets $seen to that. What cannot be read is overwritten: only a raise gets here with it.
record() {
  if read_seen && [ "$epoch" -eq "$seen" ]; then return; fi
  exec 9>"$folder/epoch.lock"
  flock -w 10 9 || refuse 75 'another is writing the epoch of this host'
  read_seen || :
  [ "$epoch" -ge "$seen" ] || refuse 73 "epoch $seen"
  { echo "$epoch" >"$folder/epoch.$installation.new" && mv -f "$folder/epoch.$installation.new" "$folder/epoch.$installation"; } || refuse 75 "$folder cannot be written to"
  exec 9>&-
}

{ is_name "$installation" && is_number "$epoch" && [ "$epoch" -gt 0 ]; } || refuse 64 "'$installation' is no installation, or '$epoch' no epoch"
if ! [ -d "$folder/holders" ]; then
  mkdir -p "$folder"
  # Another may just have made it.
  mkdir -m 0700 "$folder/holders" 2>/dev/null || [ -d "$folder/holders" ] || refuse 75 "$folder cannot be written to"
fi
