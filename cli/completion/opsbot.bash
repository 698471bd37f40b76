# Completion of opsbot for bash. To use it now: source <(opsbot completion bash)
_opsbot() {
  local line=${COMP_LINE:0:COMP_POINT} last typed=$2 word _
  local -a words
  # Not COMP_WORDS: they are split at ":", "=" and "@" too, which names and selectors have in them.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  last=${words[${#words[@]} - 1]}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [[ $word == :files ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("${word#"${last%"$typed"}"}")
    fi
  done < <("$1" completion words -- "${words[@]:1}" 2>/dev/null)
  return 0
}
complete -F _opsbot opsbot
