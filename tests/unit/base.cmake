haymaker_test(test_base_text USES base)
haymaker_test(test_base_units USES base)
haymaker_test(test_base_random USES base)
haymaker_test(test_base_file USES base)
