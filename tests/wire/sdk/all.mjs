// The vendors' own clients drive `haymaker serve`: it must look to them like the vendor.

import './anthropic.mjs';
import './batch.mjs';
import './bedrock.mjs';
import './gemini.mjs';
import './openai.mjs';
