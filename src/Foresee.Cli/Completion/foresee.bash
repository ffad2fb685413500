# Completes foresee's commands and options in bash; where neither can come next, file names.
_foresee() {
    local program=${COMP_WORDS[0]/#\~/$HOME} word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <("$program" '[suggest]' "${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
}
complete -o bashdefault -o default -F _foresee foresee
