#include "prompt/escape.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* Of 64 bytes the first 61 are taken at a time: with up to three escapes they still fit into 64. A
 * backslash before each escape then is a gap that the bytes are expanded around, so that there is
 * no branch on where escapes are. Before a fourth one, or a control character without a letter of
 * its own, less is taken. */
enum { BLOCK = 64, TAKEN = 61 };

struct block {
    __m512i named;     /* the characters, and for controls their letters */
    __mmask64 escapes; /* what goes after a backslash */
    __mmask64 rare;    /* controls that have no letter */
    __mmask64 others;  /* than ASCII */
};

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi");
}

static struct block look(__m512i bytes, __mmask64 wanted)
{
    static const char letters[BLOCK] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    __mmask64 controls = _mm512_mask_cmplt_epu8_mask(wanted, bytes, _mm512_set1_epi8(0x20));
    __mmask64 quoted = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')) |
                       _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    struct block block = {.escapes = controls | (quoted & wanted)};

    block.named = _mm512_mask_permutexvar_epi8(bytes, controls, bytes, _mm512_loadu_si512(letters));
    block.rare = _mm512_mask_testn_epi8_mask(controls, block.named, block.named);
    block.others = _mm512_movepi8_mask(bytes) & wanted;
    return block;
}

static __mmask64 lowest_bits(size_t count)
{
    return count < BLOCK ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

/* The bytes from the first that cannot be expanded with those before it: a fourth escape, or a rare
 * one. */
static uint64_t find_limit(const struct block *block)
{
    uint64_t rest = _blsr_u64(_blsr_u64(_blsr_u64(block->escapes)));

    return rest | block->rare;
}

static __m512i expand(const struct block *block, uint64_t escapes)
{
    uint64_t first = _blsi_u64(escapes);
    uint64_t rest = escapes ^ first;
    uint64_t second = _blsi_u64(rest);
    uint64_t gaps = first | second << 1U | (rest ^ second) << 2U;

    return _mm512_mask_expand_epi8(_mm512_set1_epi8('\\'), ~gaps, block->named);
}

/* Takes the bytes before `limit`, or the one that is at it; returns what was written. There is room
 * for 64. */
static size_t copy_part(const struct block *block, uint64_t limit, struct str text, char *out,
                        size_t *taken)
{
    size_t length = (size_t)_tzcnt_u64(limit);
    uint64_t escapes = block->escapes & lowest_bits(length);

    if (length == 0) {
        *taken = 1;
        return escape_byte((unsigned char)text.p[0], out);
    }
    _mm512_storeu_si512(out, expand(block, escapes));
    *taken = length;
    return length + (size_t)_mm_popcnt_u64(escapes);
}

/* The last few bytes of a text, or of the room. */
static size_t copy_end(struct str text, char *out, size_t room, size_t *taken)
{
    struct block block;
    __mmask64 wanted = lowest_bits(text.len);
    size_t length = 0;

    if (text.len > TAKEN) {
        return escape_copy_scalar(text, out, room, taken);
    }
    block = look(_mm512_maskz_loadu_epi8(wanted, text.p), wanted);
    length = text.len + (size_t)_mm_popcnt_u64(block.escapes);
    if (find_limit(&block) != 0 || length > room) {
        return escape_copy_scalar(text, out, room, taken);
    }
    _mm512_mask_storeu_epi8(out, lowest_bits(length), expand(&block, block.escapes));
    *taken = text.len;
    return length;
}

static size_t copy(struct str text, char *out, size_t room, size_t *taken)
{
    const __mmask64 wanted = lowest_bits(TAKEN);
    size_t done = 0;
    size_t at = 0;
    size_t part = 0;

    while (text.len - at >= BLOCK && room - done >= BLOCK) {
        struct block block = look(_mm512_loadu_si512(text.p + at), wanted);
        uint64_t limit = find_limit(&block);

        if (__builtin_expect(limit != 0, 0)) {
            done += copy_part(&block, limit, str_skip(text, at), out + done, &part);
            at += part;
            continue;
        }
        _mm512_storeu_si512(out + done, expand(&block, block.escapes));
        done += TAKEN + (size_t)_mm_popcnt_u64(block.escapes);
        at += TAKEN;
    }
    done += copy_end(str_skip(text, at), out + done, room - done, &part);
    *taken = at + part;
    return done;
}

static size_t survey(struct str text, uint64_t *extra)
{
    size_t at = 0;

    while (at < text.len) {
        size_t length = text.len - at < BLOCK ? text.len - at : BLOCK;
        __mmask64 wanted = lowest_bits(length);
        struct block block = look(_mm512_maskz_loadu_epi8(wanted, text.p + at), wanted);

        if ((block.others | block.rare) != 0) {
            return at + escape_survey_scalar((struct str){text.p + at, length}, extra);
        }
        *extra += (uint64_t)_mm_popcnt_u64(block.escapes);
        at += length;
    }
    return at;
}

const struct escaper escaper_avx512 = {
    .name = "avx512", .is_supported = is_supported, .copy = copy, .survey = survey};

#endif
