#compdef opsbot
# Completion of opsbot for zsh. As a file _opsbot in a folder of $fpath, or now: source <(opsbot completion zsh)
_opsbot() {
  local line word help files
  local -a found
  while IFS=$'\t' read -r word help; do
    if [[ $word == :files ]]; then
      files=yes
    else
      found+=("${word//:/\\:}${help:+:$help}")
    fi
  done < <("${words[1]}" completion words -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  (( $#found )) && _describe -V opsbot found
  [[ -n $files ]] && _files
  return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _opsbot "$@"
else
  compdef _opsbot opsbot
fi
