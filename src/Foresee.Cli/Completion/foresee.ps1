# Completes foresee's commands and options in PowerShell; where neither can come next, file names.
Register-ArgumentCompleter -Native -CommandName foresee -ScriptBlock {
    param($word, $command, $cursor)
    $length = $cursor - $command.Extent.StartOffset
    $line = $command.ToString().PadRight($length).Substring(0, $length)
    & $command.CommandElements[0].Value '[suggest]' $line 2>$null |
        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
