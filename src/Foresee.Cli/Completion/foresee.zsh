#compdef foresee
# Completes foresee's commands and options in zsh; where neither can come next, file names.
_foresee() {
    local -a found
    found=(${(f)"$(${words[1]/#\~/$HOME} '[suggest]' "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null </dev/null)"})
    if (( $#found )); then compadd -a found; else _files; fi
}
if [[ $funcstack[1] == _foresee ]]; then _foresee "$@"; else compdef _foresee foresee; fi
