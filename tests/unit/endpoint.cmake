# What the client's tests talk to: a scripted server and a prompt of any size.
add_library(wire_fixtures STATIC wire/server.c wire/long_prompt.c wire/flight.c wire/frames.c
  wire/replay.c)
target_include_directories(wire_fixtures PUBLIC wire)
target_link_libraries(wire_fixtures PRIVATE project_flags base record
  PUBLIC endpoint prompt PkgConfig::JANSSON PkgConfig::OPENSSL PkgConfig::CHECK PkgConfig::ZLIB)

haymaker_test(test_endpoint_request_json USES base endpoint)
haymaker_test(test_endpoint_rate USES base endpoint)
haymaker_test(test_endpoint_sse USES base endpoint prompt record)
haymaker_test(test_endpoint_event_stream USES base endpoint LINKS wire_fixtures)
haymaker_test(test_endpoint_sigv4 USES base endpoint)
haymaker_test(test_endpoint_wire_json USES base endpoint LINKS PkgConfig::JANSSON)
haymaker_test(test_endpoint_openai_chat USES base prompt record endpoint LINKS PkgConfig::JANSSON)
foreach(suite openai_responses anthropic gemini address)
  haymaker_test(test_endpoint_${suite} USES base prompt record endpoint LINKS wire_fixtures)
endforeach()
haymaker_test(test_endpoint_failure USES base prompt record endpoint)
haymaker_test(test_endpoint_limiter USES base endpoint record)
haymaker_test(test_endpoint_limiter_schedule USES base endpoint record)
haymaker_test(test_endpoint_retry USES base prompt record endpoint LINKS PkgConfig::CURL)
haymaker_test(test_endpoint_route USES base prompt record endpoint LINKS PkgConfig::CURL)
haymaker_test(test_endpoint_bedrock USES base prompt record endpoint LINKS wire_fixtures)
foreach(suite gemini_flight bedrock_request vertex bedrock_flight answer arrival attempt client parameters
    protocol_flight)
  haymaker_test(test_endpoint_${suite} USES base prompt record endpoint LINKS wire_fixtures)
endforeach()
add_library(catalogue_fixture STATIC unit/catalogue_fixture.c)
target_link_libraries(catalogue_fixture PRIVATE project_flags base prompt record PkgConfig::CHECK
  PUBLIC endpoint)
foreach(suite catalogue catalogue_prices catalogue_target)
  haymaker_test(test_endpoint_${suite} USES base prompt record endpoint
    LINKS catalogue_fixture wire_fixtures)
endforeach()

# Batches: a service, its files and what comes back.
add_library(batch_fixtures STATIC wire/batch_desk.c)
target_link_libraries(batch_fixtures PRIVATE project_flags base record PUBLIC wire_fixtures)
foreach(suite batch_writer batch batch_results)
  haymaker_test(test_endpoint_${suite} USES base prompt record endpoint LINKS batch_fixtures)
endforeach()
