add_executable(writer_preview tools/writer_preview.c)
target_link_libraries(writer_preview PRIVATE project_flags base generators)

haymaker_test(test_generators_writer USES base token prompt record generators)
add_dependencies(test_generators_writer writers_corpus)

haymaker_test(test_generators_mrcr USES base token prompt record generators)
add_dependencies(test_generators_mrcr writers_corpus)

haymaker_test(test_generators_probes USES base token prompt record generators)
add_dependencies(test_generators_probes writers_corpus sotu_corpus)

haymaker_test(test_generators_prose USES base token prompt record generators)
haymaker_test(test_generators_niah USES base token prompt record generators)
add_dependencies(test_generators_niah sotu_corpus)
