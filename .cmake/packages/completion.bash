# bash completion of @PROGRAM@: asks the program itself, so that it always knows what the program knows.
_@PROGRAM@() {
    local word=${COMP_WORDS[COMP_CWORD]} path=() help i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == [a-z]* ]] || continue
        # A word that isn't a command is the value of an option, or a file.
        "$1" "${path[@]}" "${COMP_WORDS[i]}" --help >/dev/null 2>&1 && path+=("${COMP_WORDS[i]}")
    done
    help=$("$1" "${path[@]}" --help 2>/dev/null) || return
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(grep -oE '^  (-., ?)?--[a-z-]+' <<<"$help" | grep -oE '\-\-[a-z-]+')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' <<<"$help")" -- "$word")
    fi
}
complete -o default -F _@PROGRAM@ @PROGRAM@
