add_executable(writer_preview tools/writer_preview.c)
target_link_libraries(writer_preview PRIVATE project_flags base generators)

haymaker_test(test_generators_writer USES base token prompt record generators)
haymaker_test(test_generators_corpus USES base token prompt record generators)
add_dependencies(test_generators_corpus writers_corpus)

haymaker_test(test_generators_option USES base generators)
haymaker_test(test_generators_graph USES base token prompt record generators)
haymaker_test(test_generators_qa_set USES base token prompt record generators)

haymaker_test(test_generators_mrcr USES base token prompt record generators)
add_dependencies(test_generators_mrcr writers_corpus)

haymaker_test(test_generators_probes USES base token prompt record generators)
add_dependencies(test_generators_probes writers_corpus sotu_corpus)

haymaker_test(test_generators_additive USES base token prompt record generators)
add_dependencies(test_generators_additive writers_corpus sotu_corpus latent_corpus words_corpus)

haymaker_test(test_generators_prose USES base token prompt record generators)
haymaker_test(test_generators_niah USES base token prompt record generators)
add_dependencies(test_generators_niah sotu_corpus)

# The sizes that cases state, counted again by npm tiktoken.
if(NOT HAYMAKER_SANITIZE)
  set(case_lengths full)
endif()
add_test(NAME oracle.cases
  COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tests/oracle/cases.mjs $<TARGET_FILE:haymaker> ${case_lengths})
set_tests_properties(oracle.cases PROPERTIES TIMEOUT 900)
