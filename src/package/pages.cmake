# Writes manual pages and completion scripts of the program just built.
# Usage: cmake -DHAYMAKER=PROGRAM -DTO=FOLDER -P pages.cmake
function(haymaker_page file)
  execute_process(COMMAND ${HAYMAKER} ${ARGN} OUTPUT_FILE ${TO}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(MAKE_DIRECTORY ${TO}/man ${TO}/completions)
execute_process(COMMAND ${HAYMAKER} completion --words commands
  OUTPUT_VARIABLE commands OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" commands "${commands}")
haymaker_page(man/haymaker.1 man)
foreach(command ${commands})
  haymaker_page(man/haymaker-${command}.1 man ${command})
endforeach()
haymaker_page(completions/haymaker completion bash)
haymaker_page(completions/_haymaker completion zsh)
haymaker_page(completions/haymaker.fish completion fish)
