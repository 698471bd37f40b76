# Completion of opsbot for fish. To use it now: opsbot completion fish | source
function __opsbot_words
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    for line in ($words[1] completion words -- $words[2..-1] "$typed" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$typed"
        else
            echo $line
        end
    end
end
complete -c opsbot -f -a '(__opsbot_words)'
