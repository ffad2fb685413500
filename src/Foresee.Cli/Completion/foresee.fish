# Completes foresee's commands and options in fish, beside file names.
function __foresee_complete
    set -l program (commandline -opc)[1]
    $program '[suggest]' (commandline -cp | string collect) 2>/dev/null </dev/null
end
complete -c foresee -a '(__foresee_complete)'
