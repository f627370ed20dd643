# shellcheck shell=bash
# The host images that there are, and which machine of a lab has which. Sourced, never run.

HOST_IMAGES=$LAB_SCRIPTS/host-image/images

image_names() { awk '!/^#/ && NF >= 5 { print $1 }' "$HOST_IMAGES"; }
is_image() { image_names | grep -qxF -- "$1"; }

# image_field IMAGE release|key|packages|more
image_field() {
  awk -v name="$1" -v field="$2" 'BEGIN { column["release"] = 2; column["key"] = 3; column["packages"] = 4; column["more"] = 5 } !/^#/ && $1 == name { print $column[field] }' "$HOST_IMAGES"
}

# image_options IMAGE: what its kernel is started with besides what all machines get.
image_options() { awk -v name="$1" '!/^#/ && $1 == name { for (i = 6; i <= NF; i++) printf "%s%s", (i > 6 ? " " : ""), $i; print "" }' "$HOST_IMAGES"; }

# machine_image NODE [CHOICE]: which image a machine has. A CHOICE is what 'lab up --image' takes: an image for all machines, NODE=IMAGE for one of them, or both, as in
# prepared,node2=debian-13. Without one it is that of the lab.
machine_image() {
  local part image=prepared own=''
  for part in $(tr ',' ' ' <<<"${2:-$IMAGE}"); do
    case $part in
      "$1"=*) own=${part#*=} ;;
      *=*) ;;
      *) image=$part ;;
    esac
  done
  printf '%s\n' "${own:-$image}"
}

# images_of CHOICE NODE…: the images that machines have, each once.
images_of() {
  local choice=$1 node
  shift
  for node; do machine_image "$node" "$choice"; done | sort -u
}

# wrong_choice CHOICE NODE…: says what is wrong with a choice for a lab of these machines; fails when nothing is.
wrong_choice() {
  local choice=$1 part image
  shift
  [[ $choice =~ ^[^,]+(,[^,]+)*$ ]] || { echo "--image wants an image, or NODE=IMAGE, or several of them with commas in between"; return; }
  for part in $(tr ',' ' ' <<<"$choice"); do
    image=${part#*=}
    is_image "$image" || { echo "--image takes $(image_names | paste -sd, | sed 's/,/, /g; s/, \([^,]*\)$/ or \1/'), not '$image'"; return; }
    [[ $part != *=* ]] || printf '%s\n' "$@" | grep -qxF -- "${part%%=*}" || { echo "--image names the machine '${part%%=*}', and this lab has $*"; return; }
  done
  return 1
}

# key_kind IMAGE…: of the key that all machines with these images let in. A machine that refuses the usual kind decides.
key_kind() {
  local image kind=ed25519
  for image; do
    [ "$(image_field "$image" key)" = ed25519 ] || kind=$(image_field "$image" key)
  done
  printf '%s\n' "$kind"
}
