haymaker_test(test_prompt_body USES base token prompt LINKS PkgConfig::JANSSON)
haymaker_test(test_prompt_joint USES base token prompt)
haymaker_test(test_prompt_escape USES base token prompt LINKS PkgConfig::XXHASH)
foreach(way scalar avx2 avx512)
  add_test(NAME unit.prompt_body_${way} COMMAND test_prompt_body)
  set_tests_properties(unit.prompt_body_${way} PROPERTIES
    ENVIRONMENT "HAYMAKER_SIMD=${way};HAYMAKER_DATA=${CMAKE_BINARY_DIR}/share/haymaker"
    SKIP_REGULAR_EXPRESSION "this processor lacks the instructions")
endforeach()
