#include "prompt/escape.h"

#if defined(__x86_64__)

#include "prompt/hash_run_avx512.h"

/* At most 60 bytes are taken at a time: with up to four escapes they still fit into 64. A backslash
 * before each escape then is a gap that the bytes are expanded around, so that there is no branch
 * on where escapes are. Before a fifth one, or a control character without a letter of its own,
 * less is taken.
 *
 * Blocks go in groups, and a group is loaded before the one before it is stored. Where a store goes
 * depends on the escapes before it, and processors let a load wait for the address of an older
 * store if the low bits of others fit: block by block that doubles the time of unlucky buffers. */
enum { BLOCK = AVX512_BYTES, TAKEN = 60, GROUP = 4 };
enum { GROUP_TAKEN = GROUP * TAKEN, GROUP_WRITES = GROUP * BLOCK };
enum { GROUP_HASHED = GROUP * HASH_STRIPE };

/* What is to be written of at most 60 bytes. */
struct block {
    __m512i named;    /* the characters, and for controls their letters, if any */
    uint64_t escapes; /* what goes after a backslash */
};

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi");
}

/* What stands for each character after a backslash; itself for a control that has no letter; 0 for
 * all others. So it is at least the character for exactly those that need an escape, even where a
 * byte other than ASCII takes the element of its low bits. */
static const unsigned char names[2 * BLOCK] = {
    0,    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 'b',         't',          'n',  0x0B,
    'f',  'r',  0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x14,        0x15,         0x16, 0x17,
    0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, ['"'] = '"', ['\\'] = '\\'};

AVX512_INLINE struct block look(size_t count, const char *text)
{
    __m512i bytes = avx512_load_first(count, text);
    __m512i name = _mm512_permutex2var_epi8(_mm512_loadu_si512(names), bytes,
                                            _mm512_loadu_si512(names + BLOCK));
    uint64_t escapes = _mm512_cmpge_epu8_mask(name, bytes);

    __asm__("" : "+r"(escapes)); /* moved out of the mask register once, which is slow */
    return (struct block){_mm512_max_epu8(name, bytes), escapes};
}

/* Controls that have no letter. */
AVX512_INLINE __mmask64 find_rare(__m512i named)
{
    return _mm512_cmplt_epu8_mask(named, _mm512_set1_epi8(0x20));
}

AVX512_INLINE bool has_rare(__m512i named)
{
    __mmask64 rare = find_rare(named);

    return _kortestz_mask64_u8(rare, rare) == 0;
}

/* The escapes from the fifth on, which is one too many. */
AVX512_INLINE uint64_t find_excess(uint64_t escapes)
{
    return _blsr_u64(_blsr_u64(_blsr_u64(_blsr_u64(escapes))));
}

/* Where backslashes go, with at most four escapes: one is as far behind the place of its escape as
 * escapes are before that. Each term of the sum has the escapes from the next one on: those of the
 * first are in it once, of the second twice, then four and eight times. */
AVX512_INLINE uint64_t find_gaps(uint64_t escapes)
{
    uint64_t from_second = _blsr_u64(escapes);
    uint64_t from_third = _blsr_u64(from_second);
    uint64_t from_fourth = _blsr_u64(from_third);

    return escapes + from_second + 2 * from_third + 4 * from_fourth;
}

AVX512_INLINE __m512i expand(__m512i named, uint64_t gaps)
{
    return _mm512_mask_expand_epi8(_mm512_set1_epi8('\\'), ~gaps, named);
}

/* Takes the first 60 bytes of the text, or less, and at least one; returns what was written. There
 * is room for 64. */
static size_t copy_block(const char *text, char *out, size_t *taken)
{
    struct block block = look(TAKEN, text);
    uint64_t limit = find_excess(block.escapes) | find_rare(block.named);
    size_t length = limit != 0 ? (size_t)_tzcnt_u64(limit) : TAKEN;
    uint64_t escapes = block.escapes & avx512_lowest_bits(length);

    if (length == 0) {
        *taken = 1;
        return escape_byte((unsigned char)text[0], out);
    }
    _mm512_storeu_si512(out, expand(block.named, find_gaps(escapes)));
    *taken = length;
    return length + (size_t)_mm_popcnt_u64(escapes);
}

/* The last few bytes of a text, or of the room. */
static size_t copy_end(struct str text, char *out, size_t room, size_t *taken)
{
    struct block block;
    size_t length = 0;

    if (text.len > TAKEN) {
        return escape_copy_scalar(text, out, room, taken);
    }
    block = look(text.len, text.p);
    length = text.len + (size_t)_mm_popcnt_u64(block.escapes);
    if ((find_excess(block.escapes) | find_rare(block.named)) != 0 || length > room) {
        return escape_copy_scalar(text, out, room, taken);
    }
    avx512_store_first(length, out, expand(block.named, find_gaps(block.escapes)));
    *taken = text.len;
    return length;
}

/* A text, where it goes, and what is to be hashed meanwhile: what of each is left. */
struct copying {
    const char *text;
    size_t text_left;
    char *out;
    size_t room;
    const char *unhashed;
    size_t unhashed_left;
};

AVX512_INLINE void hash_group(struct copying *at, struct hash_run *run)
{
    if (run != NULL && at->unhashed_left > GROUP_HASHED) {
        for (size_t i = 0; i < GROUP; i++) {
            hash_run_stripe(run, at->unhashed + i * HASH_STRIPE);
        }
        at->unhashed += GROUP_HASHED;
        at->unhashed_left -= GROUP_HASHED;
    }
}

/* What is to be written of a group. */
struct group {
    __m512i named[GROUP];
    uint64_t gaps[GROUP];
    size_t taken[GROUP];
};

/* At most 240 bytes, without a branch on how many. False if a block has less to take. */
AVX512_INLINE bool look_group(struct group *group, const char *text, size_t length)
{
    __m512i least = _mm512_set1_epi8(-1);
    uint64_t excess = 0;

    for (size_t i = 0; i < GROUP; i++) {
        size_t from = i * TAKEN < length ? i * TAKEN : length;
        size_t taken = length - from < TAKEN ? length - from : TAKEN;
        struct block block = look(taken, text + from);

        group->taken[i] = taken;
        group->named[i] = block.named;
        group->gaps[i] = find_gaps(block.escapes);
        excess |= find_excess(block.escapes);
        least = _mm512_min_epu8(least, block.named);
    }
    return __builtin_expect(excess == 0 && !has_rare(least), 1);
}

AVX512_INLINE void store_group(struct copying *at, const struct group *group, size_t length)
{
    size_t done = 0;

    for (size_t i = 0; i < GROUP; i++) {
        _mm512_storeu_si512(at->out + done, expand(group->named[i], group->gaps[i]));
        done += group->taken[i] + (size_t)_mm_popcnt_u64(group->gaps[i]);
    }
    at->text += length;
    at->text_left -= length;
    at->out += done;
    at->room -= done;
}

/* Copies groups, and hashes meanwhile unless `run` is NULL, up to the end of text or room, or
 * before a group that has a block with less to take, which makes it return false. No call is in the
 * loop, so that all it needs stays in registers. */
AVX512_INLINE bool copy_groups(struct copying *copying, struct hash_run *run)
{
    struct copying at = *copying;
    struct group group;
    bool is_whole = true;

    if (at.text_left < GROUP_TAKEN || at.room < GROUP_WRITES) {
        return true;
    }
    hash_group(&at, run);
    is_whole = look_group(&group, at.text, GROUP_TAKEN);
    while (is_whole && at.text_left - GROUP_TAKEN >= GROUP_TAKEN && at.room >= GROUP_WRITES) {
        struct group next;

        is_whole = look_group(&next, at.text + GROUP_TAKEN, GROUP_TAKEN);
        hash_group(&at, run);
        store_group(&at, &group, GROUP_TAKEN);
        group = next;
    }
    if (is_whole && at.room >= GROUP_WRITES) {
        store_group(&at, &group, GROUP_TAKEN);
    }
    *copying = at;
    return is_whole;
}

/* Copies so many blocks, or as many as there are. */
static void copy_blocks(struct copying *copying, size_t count)
{
    while (count-- != 0 && copying->text_left >= TAKEN && copying->room >= BLOCK) {
        size_t taken = 0;
        size_t done = copy_block(copying->text, copying->out, &taken);

        copying->text += taken;
        copying->text_left -= taken;
        copying->out += done;
        copying->room -= done;
    }
}

/* Copies what is too little for whole groups. */
static void copy_rest(struct copying *copying)
{
    struct group group;
    size_t taken = 0;
    size_t done = 0;

    if (copying->text_left > TAKEN && copying->text_left <= GROUP_TAKEN &&
        copying->room >= GROUP_WRITES && look_group(&group, copying->text, copying->text_left)) {
        store_group(copying, &group, copying->text_left);
        return;
    }
    copy_blocks(copying, SIZE_MAX);
    done = copy_end((struct str){copying->text, copying->text_left}, copying->out, copying->room,
                    &taken);
    copying->text += taken;
    copying->text_left -= taken;
    copying->out += done;
    copying->room -= done;
}

static size_t copy(struct str text, char *out, size_t room, size_t *taken)
{
    struct copying copying = {.text = text.p, .text_left = text.len, .room = room};

    copying.out = out;
    while (!copy_groups(&copying, NULL)) {
        copy_blocks(&copying, GROUP);
    }
    copy_rest(&copying);
    *taken = text.len - copying.text_left;
    return room - copying.room;
}

/* Both at once: they want different parts of the processor. The hash is a little ahead; what the
 * library's state can hold of the end is left. */
static size_t copy_hashing(struct str text, char *out, size_t room, size_t *taken,
                           struct hashing *hashing)
{
    struct str *unhashed = &hashing->unhashed;
    struct copying copying;
    struct hash_run run;

    if (!hash_run_begin(&run, hashing->state, unhashed)) {
        return copy(text, out, room, taken);
    }
    copying = (struct copying){text.p, text.len, out, room, unhashed->p, unhashed->len};
    while (!copy_groups(&copying, &run)) {
        copy_blocks(&copying, GROUP);
    }
    copy_rest(&copying);
    while (copying.unhashed_left > HASH_HELD_MAX && copying.unhashed < copying.text) {
        hash_run_stripe(&run, copying.unhashed);
        copying.unhashed += HASH_STRIPE;
        copying.unhashed_left -= HASH_STRIPE;
    }
    hash_run_end(&run, hashing->state, copying.unhashed, unhashed->len - copying.unhashed_left);
    *unhashed = (struct str){copying.unhashed, copying.unhashed_left};
    *taken = text.len - copying.text_left;
    return room - copying.room;
}

static size_t survey(struct str text, uint64_t *extra)
{
    size_t at = 0;

    while (at < text.len) {
        size_t length = text.len - at < BLOCK ? text.len - at : BLOCK;
        struct block block = look(length, text.p + at);
        uint64_t others = _mm512_movepi8_mask(block.named) & avx512_lowest_bits(length);

        if ((others | find_rare(block.named)) != 0) {
            return at + escape_survey_scalar((struct str){text.p + at, length}, extra);
        }
        *extra += (uint64_t)_mm_popcnt_u64(block.escapes);
        at += length;
    }
    return at;
}

const struct escaper escaper_avx512 = {
    .name = "avx512",
    .is_supported = is_supported,
    .copy = copy,
    .copy_hashing = copy_hashing,
    .survey = survey,
};

#endif
