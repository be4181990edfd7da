haymaker_test(test_token_scan USES base token)
haymaker_test(test_token_scan_paths USES base token)
haymaker_test(test_token_count USES base token)
haymaker_test(test_token_image USES base token)

# Ids equal to npm tiktoken's. Fewer strings and shorter texts under sanitizers, where the whole
# comparison would take minutes and says nothing that the other builds do not.
add_test(NAME oracle.token
  COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tests/oracle/token.mjs $<TARGET_FILE:haymaker>
    ${CMAKE_SOURCE_DIR}/node_modules)
set(oracle_environment "HAYMAKER_DATA=${CMAKE_BINARY_DIR}/share/haymaker")
if(HAYMAKER_SANITIZE)
  list(APPEND oracle_environment HAYMAKER_ORACLE_STRINGS=10000 HAYMAKER_ORACLE_CHARACTERS=10000)
endif()
set_tests_properties(oracle.token PROPERTIES TIMEOUT 600 ENVIRONMENT "${oracle_environment}")
