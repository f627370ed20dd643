#!/bin/sh
# Lets a peer's root in no longer: takes the keys out of a file that the operator wrote there. Behind managed-block.sh.
#   FILE PEER
block_text "$1" | awk -v owner="kvm-operator@$2" '$NF != owner' | block_put "$1" 0600
