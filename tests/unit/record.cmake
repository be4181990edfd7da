haymaker_test(test_record_result USES base record)
haymaker_test(test_record_journal USES base record)
haymaker_test(test_record_price USES base record)
haymaker_test(test_record_budget USES base record)
