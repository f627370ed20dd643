namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// A part of a file that belongs to the operator, between two lines that say so. Everything else in the file stays, byte by byte. For use in scripts.
/// </summary>
internal static class ManagedBlock
{
    /// <summary>
    /// <c>block_text FILE</c> prints the block; <c>block_put FILE MODE</c> replaces it by standard input (none when that is empty) in one rename,
    /// keeping the file's owner and mode, and a link to it. A first line without its last one is no block: what follows it is somebody's, and stays.
    /// </summary>
    public const string Functions =
        """
        block_begin='# BEGIN kvm-operator (what stands up to END is rewritten by the operator)'
        block_end='# END kvm-operator'
        block_split() {
          awk -v b="$block_begin" -v e="$block_end" -v part="$2" '
            function release(line) { if (part == "outside") for (line = 0; line < count; line++) print held[line]; count = 0 }
            $0 == b { release(); inside = 1; next }
            inside && $0 == e { if (part == "inside") for (line = 0; line < count; line++) print held[line]; count = 0; inside = 0; next }
            inside { held[count++] = $0; next }
            part == "outside" { print }
            END { release() }
          ' "$1"
        }
        block_text() {
          [ -f "$1" ] || return 0
          block_split "$1" inside
        }
        block_put() {
          content=$(cat)
          [ -f "$1" ] || { [ -n "$content" ] || return 0; mkdir -p -m 0700 "$(dirname "$1")" && : > "$1" && chmod "$2" "$1" || return 1; }
          # A rename onto a link would put a file in its place.
          block_file=$(readlink -f -- "$1") && next=$(mktemp "$block_file.XXXXXX") && cp -p -- "$block_file" "$next" || return 1
          {
            block_split "$block_file" outside &&
            { [ -z "$content" ] || printf '%s\n%s\n%s\n' "$block_begin" "$content" "$block_end"; }
          } > "$next" && mv -f -- "$next" "$block_file" || { rm -f -- "$next"; return 1; }
          command -v restorecon >/dev/null && restorecon "$block_file"
          return 0
        }
        """;

    /// <summary>Says <c>drift</c> with the sentence <c>$2</c> unless file <c>$1</c>'s block is what standard input says.</summary>
    public const string CheckScript = Functions + "\n" + "[ \"$(block_text \"$1\")\" = \"$(cat)\" ] || echo \"drift $2\"";

    /// <summary>Writes standard input into the block of file <c>$1</c> with mode <c>$2</c> for a new file.</summary>
    public const string PutScript = Functions + "\n" + "block_put \"$1\" \"$2\"";
}
