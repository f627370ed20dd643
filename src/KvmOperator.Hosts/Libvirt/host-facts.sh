#!/bin/sh
# What of a host changes with its software at most. Behind section.sh.
# Prints the sections os, kernel, architecture, cpu, machine, versions, name and capabilities.

# shellcheck disable=SC2016 # The inner shell knows the name.
section os 2 sh -c '. /etc/os-release && printf %s "$PRETTY_NAME"'
section kernel 2 uname -r
section architecture 2 uname -m
section cpu 2 grep -m 1 '^model name' /proc/cpuinfo
section machine 2 cat /etc/machine-id
section versions 10 virsh -r version
section name 10 virsh -r hostname
section capabilities 10 virsh -r capabilities
