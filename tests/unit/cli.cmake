haymaker_test(test_cli_opt USES base cli)
haymaker_test(test_cli_stopping USES base record stats cli)
