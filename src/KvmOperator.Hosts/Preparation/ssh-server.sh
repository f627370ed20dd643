#!/bin/sh
# Asks this machine's own SSH server whether a peer's root would get in by its key: that can be told whether or not the peer is up, and costs no login. (Each move tries the whole way again
# before it begins.) What cannot be found out is no complaint.
#   ADDRESS   the peer's
# Prints a line that begins with blocked for each thing that keeps it out.

sshd=$(command -v sshd || echo /usr/sbin/sshd)
settings=$("$sshd" -T -C "user=root,host=$1,addr=$1" 2>/dev/null)
says() { printf '%s\n' "$settings" | grep -qixE "$1"; }
words() { printf '%s\n' "$settings" | sed -n "s/^$1 //Ip" | tr ' ' '\n'; }
groups=$(id -Gn root 2>/dev/null)
# shellcheck disable=SC2254 # They are patterns.
names_group() { words "$1" | while IFS= read -r pattern; do for group in $groups; do case $group in $pattern) echo "$group" ;; esac; done; done | grep -q .; }
closed="guests cannot move here: the SSH server lets the peers' root in"
says 'permitrootlogin (no|forced-commands-only)' && echo "blocked $closed only with PermitRootLogin prohibit-password; set that in /etc/ssh/sshd_config, for the peers' addresses at least"
says 'pubkeyauthentication no' && echo "blocked $closed only with PubkeyAuthentication yes; set that in /etc/ssh/sshd_config"
says 'allowusers .*' && ! says 'allowusers (root(@.*)?|.*\*.*)' && echo "blocked $closed only when AllowUsers names root; add that in /etc/ssh/sshd_config"
says 'denyusers root' && echo "blocked $closed only when DenyUsers does not name root; change that in /etc/ssh/sshd_config"
says 'allowgroups .*' && ! names_group allowgroups && echo "blocked $closed only when AllowGroups names a group of root ($groups); add that in /etc/ssh/sshd_config"
names_group denygroups && echo "blocked $closed only when DenyGroups names no group of root ($groups); change that in /etc/ssh/sshd_config"
says 'authenticationmethods .*' && ! words authenticationmethods | grep -qixE 'any|publickey' && echo "blocked $closed only when AuthenticationMethods has publickey alone; add that in /etc/ssh/sshd_config, for the peers' addresses at least"
says 'authorizedkeysfile .*' && ! words authorizedkeysfile | grep -qxE '(%h/|/root/)?\.ssh/authorized_keys' && echo "blocked $closed only when AuthorizedKeysFile names .ssh/authorized_keys, where the peers' keys are; add that in /etc/ssh/sshd_config"
says 'forcecommand .*' && ! says 'forcecommand none' && echo "blocked $closed only without ForceCommand; take that away in /etc/ssh/sshd_config, for the peers' addresses at least"
listening=$(ss -Hltn 2>/dev/null) && [ -n "$listening" ] && ! printf '%s\n' "$listening" | grep -qE '[:.]22[[:space:]]' &&
  echo 'blocked guests cannot move here: no SSH server listens on port 22, where the peers look for it'
true
