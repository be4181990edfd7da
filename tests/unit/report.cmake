# What a chart is drawn from, made by hand for all suites of this folder.
add_library(report_fixture STATIC unit/report_fixture.c unit/comparison_fixture.c)
target_link_libraries(report_fixture PRIVATE project_flags base record PkgConfig::CHECK)
target_include_directories(report_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/unit)

haymaker_test(test_report_comparison USES base record stats report report_fixture)
haymaker_test(test_report_requirement USES base record stats report report_fixture)
haymaker_test(test_report_figures USES base record report report_fixture)
haymaker_test(test_report_kinds USES base record report report_fixture LINKS PkgConfig::JANSSON)
haymaker_test(test_report_options USES base record report report_fixture LINKS PkgConfig::JANSSON)
target_sources(test_report_kinds PRIVATE unit/report_options_fixture.c)
target_sources(test_report_options PRIVATE unit/report_options_fixture.c)
haymaker_test(test_report_picture USES base record report report_fixture LINKS PkgConfig::RSVG)

# The command from outside, its files read by Python's own parsers.
add_test(NAME cli.chart COMMAND python3
  ${CMAKE_CURRENT_SOURCE_DIR}/oracle/check_chart.py $<TARGET_FILE:haymaker>)

# The page in a real browser; skipped where there is none, unless HAYMAKER_BROWSER is "required".
add_test(NAME cli.report_page COMMAND python3
  ${CMAKE_CURRENT_SOURCE_DIR}/cli/report_page.py $<TARGET_FILE:haymaker>)
set_tests_properties(cli.report_page PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)

# fontconfig, which librsvg finds its fonts with, keeps its configuration to the end.
set_property(TEST unit.report_picture cli.chart APPEND PROPERTY ENVIRONMENT
  "LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/unit/report.lsan:print_suppressions=0")
