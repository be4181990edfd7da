haymaker_test(test_score_truncation USES base record score)
haymaker_test(test_score_code_point USES base score)
haymaker_test(test_score_difflib USES base score cli)
haymaker_test(test_score_words USES base score)
haymaker_test(test_score_canary USES base record score)
haymaker_test(test_score_graders USES base record score)
haymaker_test(test_cli_json_line USES base cli)

# Bits equal to CPython's difflib. Fewer pairs under sanitizers, which make our side the slow one.
set(grade_pairs 100000)
if(HAYMAKER_SANITIZE)
  set(grade_pairs 15000)
endif()
add_test(NAME oracle.grade
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/oracle/grade.py $<TARGET_FILE:haymaker> ${grade_pairs})
add_test(NAME oracle.grade_command
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/oracle/grade_command.py $<TARGET_FILE:haymaker>)
add_test(NAME oracle.grade_sets
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/oracle/grade_sets.py $<TARGET_FILE:haymaker>)
set_tests_properties(oracle.grade oracle.grade_command PROPERTIES TIMEOUT 900)

# The public benchmarks' graders of sets, to the bit.
set(set_replies 20000)
if(HAYMAKER_SANITIZE)
  set(set_replies 4000)
endif()
add_test(NAME oracle.grade_public_sets
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/oracle/grade_public_sets.py $<TARGET_FILE:haymaker>
    ${set_replies})
