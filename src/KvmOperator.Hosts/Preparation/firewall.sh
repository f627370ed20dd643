#!/bin/sh
# Compares an active firewalld or ufw with who should be let in, or brings it in line. Behind firewalld.sh; "mark" is the mark of our rules in firewalld.
#   Managed|Disabled|Unmanaged check|apply ADDRESS…   the addresses are the peers'
# Our own rules have a mark in firewalld and a comment in ufw. A person's rule lets a peer in as well as ours, and is never removed.
# Prints the state of the step: lines that begin with drift, blocked or ready.

mode=$1 verb=$2
shift 2
active() { systemctl is-active --quiet "$1" 2>/dev/null; }
enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
ufw_on() { command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; }
differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }
# What is not firewalld's or ufw's: whether everything is kept out that no rule lets in.
closed() {
  nft list chains 2>/dev/null | grep 'hook input' | grep -q 'policy drop' && return 0
  for tables in iptables ip6tables; do "$tables" -S INPUT 2>/dev/null | grep -qE -- '^-P INPUT DROP$|^-A INPUT -j (DROP|REJECT)( |$)' && return 0; done
  return 1
}

if [ "$mode" = Unmanaged ]; then echo 'ready the firewall is left as it is'; exit 0; fi
if [ "$mode" = Disabled ]; then
  if active firewalld || enabled firewalld; then differs 'firewalld is switched on' && { systemctl disable --now --quiet firewalld || exit 1; }; fi
  if ufw_on; then differs 'ufw is switched on' && { ufw disable >/dev/null || exit 1; }; fi
  if ! active firewalld && ! ufw_on && closed; then
    echo 'blocked firewalld and ufw are off, but rules of nftables or iptables still keep everything out that they do not name: take them away (nft list ruleset, iptables -S INPUT), or let the peers in there and set spec.preparation.firewall to Unmanaged'
  fi
  echo 'ready the firewall is off'
  exit 0
fi

if active firewalld; then
  changes=$(firewalld_changes "$mark" 'service name="ssh"
port port="49152-49215" protocol="tcp"' "$@") || exit 1
  if [ "$verb" = check ]; then
    printf '%s\n' "$changes" | sed -n 's/^[a-z]* \([^ ]*\) add /drift firewalld keeps a peer out of zone \1: /p; s/^[a-z]* \([^ ]*\) remove /drift firewalld lets in a host that left in zone \1: /p' | sort -u
  else
    firewalld_apply "$changes" || exit 1
  fi
  echo 'ready firewalld lets the peers through'
elif ufw_on; then
  rules=$(ufw status)
  # SSH first: without it there is no move at all, and no word of it.
  for address; do
    for port in 22 49152:49215; do
      if ! printf '%s\n' "$rules" | awk -v a="$address" -v p="$port/tcp" '$1 == p && $2 == "ALLOW" && $3 == a { found = 1 } END { exit !found }'; then
        differs "ufw keeps the peer $address from port $port" || continue
        ufw allow proto tcp from "$address" to any port "$port" comment kvm-operator >/dev/null || exit 1
      fi
    done
  done
  for known in $(printf '%s\n' "$rules" | grep 'kvm-operator' | awk '$1 == "22/tcp" || $1 == "49152:49215/tcp" { print $1 "," $3 }'); do
    port=${known%%/tcp,*} address=${known#*,}
    case " $* " in *" $address "*) continue ;; esac
    differs "ufw lets in $address, which left, on port $port" || continue
    ufw delete allow proto tcp from "$address" to any port "$port" >/dev/null || exit 1
  done
  echo 'ready ufw lets the peers through'
elif [ $# -gt 0 ] && closed; then
  echo 'blocked rules of nftables or iptables keep everything out that they do not name, and only firewalld and ufw can be managed: let the peers in there on the TCP ports 22 and 49152-49215 and set spec.preparation.firewall to Unmanaged, or use firewalld or ufw instead'
else
  echo 'ready no firewall is active'
fi
