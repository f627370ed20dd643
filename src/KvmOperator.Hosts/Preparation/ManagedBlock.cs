namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// A part of a file that belongs to the operator, between two lines that say so. Everything else in the file stays, byte by byte. For use in scripts.
/// </summary>
internal static class ManagedBlock
{
    /// <summary>
    /// <c>block_text FILE</c> prints the block; <c>block_put FILE MODE</c> replaces it by standard input (none when that is empty) in one rename,
    /// keeping the file's owner and mode.
    /// </summary>
    public const string Functions =
        """
        block_begin='# BEGIN kvm-operator (what stands up to END is rewritten by the operator)'
        block_end='# END kvm-operator'
        block_text() {
          [ -f "$1" ] || return 0
          awk -v b="$block_begin" -v e="$block_end" '$0 == e { inside = 0 } inside { print } $0 == b { inside = 1 }' "$1"
        }
        block_put() {
          content=$(cat)
          [ -f "$1" ] || { [ -n "$content" ] || return 0; mkdir -p -m 0700 "$(dirname "$1")" && : > "$1" && chmod "$2" "$1" || return 1; }
          next=$(mktemp "$1.XXXXXX") && cp -p "$1" "$next" || return 1
          {
            awk -v b="$block_begin" -v e="$block_end" '$0 == b { inside = 1 } !inside { print } $0 == e { inside = 0 }' "$1"
            [ -z "$content" ] || printf '%s\n%s\n%s\n' "$block_begin" "$content" "$block_end"
          } > "$next" && mv -f "$next" "$1" || { rm -f "$next"; return 1; }
          command -v restorecon >/dev/null && restorecon "$1"
          return 0
        }
        """;

    /// <summary>Says <c>drift</c> with the sentence <c>$2</c> unless file <c>$1</c>'s block is what standard input says.</summary>
    public const string CheckScript = Functions + "\n" + "[ \"$(block_text \"$1\")\" = \"$(cat)\" ] || echo \"drift $2\"";

    /// <summary>Writes standard input into the block of file <c>$1</c> with mode <c>$2</c> for a new file.</summary>
    public const string PutScript = Functions + "\n" + "block_put \"$1\" \"$2\"";
}
