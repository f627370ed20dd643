#!/bin/sh
# What the block of a file should hold that lets peers in or names them; a function for other scripts. Behind managed-block.sh.
#   wanted FILE   prints it
# Standard input's first line names the peers whose keys are not known (a new operator on an empty cluster has to ask them first), the others are those of the known ones. What already stands
# there for an unknown one stays, because guests may be moving by it; whoever is no peer any more is let in no longer. A line's peer is named at its end in one of the files and at the end of
# its first word in the other.

wanted() {
  IFS= read -r strangers
  {
    block_text "$1" | awk -v strangers=" $strangers " '{
      count = split($1, names, ",")
      name = $NF ~ /^kvm-operator@/ ? substr($NF, length("kvm-operator@") + 1) : names[count]
      if (index(strangers, " " name " ")) print
    }'
    cat
  } | awk 'NF && !seen[$0]++'
}
