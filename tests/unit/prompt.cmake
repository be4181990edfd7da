haymaker_test(test_prompt_body USES base token prompt LINKS PkgConfig::JANSSON)
