#include "generators/mrcr_v2_text.h"

#include "generators/draw.h"
#include "generators/writer.h"

#include "base/random.h"

enum { EXAMPLE_TEXTS = 2, EXAMPLE_TOKENS = 60, SENTENCES = 4 };

/* Of the texts that are not needles so many of 16 have a key like the wanted one: all but the
 * style, all but the topic, all but the format, only the topic. The rest share nothing by design.
 */
enum {
    SHARE_OF = 16,
    SHARE_OTHER_STYLE = 3,
    SHARE_OTHER_TOPIC = 3,
    SHARE_OTHER_FORMAT = 2,
    SHARE_TOPIC_ONLY = 2
};

struct style {
    const char *name;
    const char *opens[SENTENCES];
    const char *closes[SENTENCES];
};

static const struct style styles[] = {
    {"whimsical",
     {"Once upon a Tuesday, while the kettle was humming, this was whispered to me.",
      "Put on your odd socks, for we are off.",
      "A button rolled under the sofa and found this there.",
      "The moon owed me a favour, and this is how it paid."},
     {"And that is why the teaspoons laugh at night.", "Mind the puddle on the way out; it bites.",
      "The rest was eaten by a very polite goat.", "So says the clock that only tells Thursdays."}},
    {"formal",
     {"The following is respectfully submitted for your consideration.",
      "It is my duty to lay the matter before you in due order.",
      "I have the honour to present what was requested.",
      "Pursuant to your request, the text is set out below."},
     {"I remain at your disposal for any further particulars.",
      "The foregoing is submitted in full confidence of your favourable opinion.",
      "With this the obligation is discharged.", "Kindly take due note of the above."}},
    {"melancholic",
     {"It rained when I began this, and it rains still.",
      "Some things are only seen when they are nearly gone.",
      "I write this by the window that nobody else looks out of.",
      "There was a time when I would have told it gladly."},
     {"After that, it grew quiet, and stayed so.", "Nobody asks about it any more.",
      "The chair by the stove has been empty since.", "What is left of it fits into one drawer."}},
    {"boastful",
     {"Nobody has ever done this as well as I am about to.",
      "Sit down, take notes, and try to keep up.",
      "They begged me for this, and who could blame them.",
      "Masters have wept at lesser work than what follows."},
     {"You may applaud now.", "I could do three of these before breakfast.",
      "Frame it; your grandchildren will ask.", "There, perfection, and with one hand."}},
    {"hushed",
     {"Lean closer, for this is not to be said aloud.", "Softly now, somebody may be listening.",
      "I tell you this once, and below my breath.", "Close the door first."},
     {"Now forget who told you.", "Not a word of it on the stairs.",
      "Hush, there are steps in the corridor.", "Burn this when you have read it."}},
    {"breathless",
     {"No time, no time, so here it all is at once!", "You will not believe it, I ran all the way!",
      "Quick, before it changes again!", "Wait, wait, it gets better, just listen!"},
     {"And that is only the half of it, I must run!", "Oh, and there it goes again, did you see!",
      "I have to sit down, I really have to!", "More tomorrow, if I can catch my breath!"}},
    {"scholarly",
     {"The sources are few, and they contradict one another.",
      "The question has been treated elsewhere, though seldom with care.",
      "Let us first define our terms, and then proceed.",
      "What follows rests on three observations and one conjecture."},
     {"Further study is, as ever, desirable.", "The conjecture must await better evidence.",
      "On this point the older literature is silent.",
      "The reader will find the proof in the notes."}},
    {"folksy",
     {"Well now, pull up a chair and I will tell you.", "My grandmother used to say it like this.",
      "You can take it from an old hand at the mill.", "Back where I come from we tell it plain."},
     {"And that is the long and the short of it.", "Now who is for another slice of pie.",
      "You come back and see us, you hear.", "That is how it was, and the dog will swear to it."}},
    {"deadpan",
     {"Here it is.", "This happened, as things do.", "I was asked for this, so this is it.",
      "What follows is neither better nor worse than expected."},
     {"That was it.", "Nothing further is known.", "One carries on.",
      "It ended, as was to be expected."}},
    {"lofty",
     {"Awake, ye hills, and lend the tale your echo!", "From the high places a voice descends.",
      "Let the trumpets of the dawn announce it.", "Eternal are the stars, and beneath them this."},
     {"So let it be carved where no wind comes.", "Thus spoke the heights, and fell silent.",
      "And the ages bowed their heads.", "Let none who heard it walk in lowlands more."}},
};

size_t mrcr_v2_style_count(void)
{
    return sizeof styles / sizeof *styles;
}

int mrcr_v2_design_draw(struct mrcr_v2_design *out, const struct case_recipe *recipe,
                        const struct grammar *grammar, struct err *err)
{
    struct random random;
    int rc = mrcr_design_draw(&out->mrcr, recipe, grammar, err);

    random = random_stream(out->mrcr.needle_seed, STR("style"), 0);
    out->style = random_below(&random, mrcr_v2_style_count());
    return rc;
}

void mrcr_v2_draw_hash(const struct mrcr_v2_design *design, uint32_t probe,
                       char out[MRCR_V2_HASH_CHARS])
{
    mrcr_draw_code(draw_seed(design->mrcr.seed, STR("hash"), design->mrcr.recipe.sample), probe,
                   out, MRCR_V2_HASH_CHARS);
}

static void write_what(const struct grammar *grammar, struct mrcr_key key, struct buf *out)
{
    buf_appendf(out, "%.*s about %.*s", STR_ARG(grammar->formats[key.format].name),
                STR_ARG(grammar->topics[key.topic].name));
}

void mrcr_v2_write_ask(const struct grammar *grammar, struct mrcr_v2_key key, struct buf *out)
{
    buf_append(out, STR("User: Write a "));
    write_what(grammar, key.key, out);
    buf_appendf(out, " in %s style.\n\nAssistant: ", styles[key.style].name);
}

/* First and last sentence of the style around what the writer writes. */
static void write_text(const struct grammar *grammar, struct mrcr_v2_key key, uint32_t target,
                       struct random random, struct buf *out)
{
    struct writer_task task = {key.key.format, key.key.topic, target};
    const struct style *style = &styles[key.style];

    buf_appendf(out, "%s\n\n", style->opens[random_below(&random, SENTENCES)]);
    writer_reply(grammar, &task, random, out);
    (void)random_u64(&random);
    buf_appendf(out, "\n\n%s", style->closes[random_below(&random, SENTENCES)]);
}

void mrcr_v2_write_needle(const struct grammar *grammar, const struct mrcr_v2_design *design,
                          uint32_t index, uint32_t target_max, struct buf *out)
{
    struct random random = random_stream(design->mrcr.needle_seed, STR("v2 needle"), index);
    struct mrcr_v2_key key = {design->mrcr.wanted, design->style};
    uint32_t target = writer_draw_target(&grammar->formats[key.key.format], &random);

    write_text(grammar, key, target < target_max ? target : target_max, random, out);
}

/* 0 … count-1 but not `taken`. */
static size_t draw_another(struct random *random, size_t count, size_t taken)
{
    return (taken + 1 + (size_t)random_below(random, count - 1)) % count;
}

static struct mrcr_v2_key draw_key(const struct grammar *grammar,
                                   const struct mrcr_v2_design *design, struct random *random)
{
    struct mrcr_v2_key key = {design->mrcr.wanted, design->style};
    size_t format = draw_another(random, grammar->format_count, key.key.format);
    size_t topic = draw_another(random, grammar->topic_count, key.key.topic);
    size_t style = draw_another(random, mrcr_v2_style_count(), key.style);
    uint64_t share = random_below(random, SHARE_OF);

    if (share < SHARE_OTHER_STYLE) {
        key.style = style;
    } else if (share < SHARE_OTHER_STYLE + SHARE_OTHER_TOPIC) {
        key.key.topic = topic;
    } else if (share < SHARE_OTHER_STYLE + SHARE_OTHER_TOPIC + SHARE_OTHER_FORMAT) {
        key.key.format = format;
    } else {
        bool shares_topic =
            share < SHARE_OTHER_STYLE + SHARE_OTHER_TOPIC + SHARE_OTHER_FORMAT + SHARE_TOPIC_ONLY;

        key = (struct mrcr_v2_key){{format, shares_topic ? key.key.topic : topic}, style};
    }
    return key;
}

void mrcr_v2_write_turn(const struct grammar *grammar, const struct mrcr_v2_design *design,
                        const struct mrcr_v2_turn *turn, struct buf *out)
{
    struct random random = random_stream(design->mrcr.haystack_seed, turn->stream, turn->index);
    struct mrcr_v2_key key = draw_key(grammar, design, &random);

    mrcr_v2_write_ask(grammar, key, out);
    write_text(grammar, key, turn->target_tokens, random, out);
    buf_append(out, STR("\n\n"));
}

void mrcr_v2_write_question(const struct grammar *grammar, struct mrcr_v2_key key, uint32_t ordinal,
                            struct str hash, struct buf *out)
{
    static const char *const words[MRCR_V2_NEEDLES_MAX] = {
        "first",     "second",      "third",      "fourth",     "fifth",
        "sixth",     "seventh",     "eighth",     "ninth",      "tenth",
        "eleventh",  "twelfth",     "thirteenth", "fourteenth", "fifteenth",
        "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
    };

    buf_appendf(out, "User: Prepend %.*s to the %s ", STR_ARG(hash), words[ordinal]);
    write_what(grammar, key.key, out);
    buf_appendf(out, " in a %s style. Do not include any other text in your response.",
                styles[key.style].name);
}

void mrcr_v2_write_example(const struct grammar *grammar, const struct mrcr_v2_design *design,
                           struct buf *out)
{
    struct random random = random_stream(design->mrcr.needle_seed, STR("v2 example"), 0);
    struct mrcr_v2_key key = {
        .key = {.format = random_below(&random, grammar->format_count),
                .topic = draw_another(&random, grammar->topic_count, design->mrcr.wanted.topic)},
        .style = random_below(&random, mrcr_v2_style_count()),
    };
    uint32_t wanted = (uint32_t)random_below(&random, EXAMPLE_TEXTS);
    uint64_t seed = random_u64(&random);
    char hash[MRCR_V2_HASH_CHARS];

    mrcr_draw_code(seed, 0, hash, MRCR_V2_HASH_CHARS);
    buf_append(out, STR("Here are some examples of conversations succeeded by a follow-up question "
                        "answered correctly:\n======== EXAMPLE 1 ========\n"));
    for (uint32_t i = 0; i < EXAMPLE_TEXTS; i++) {
        mrcr_v2_write_ask(grammar, key, out);
        write_text(grammar, key, EXAMPLE_TOKENS, random_stream(seed, STR("text"), i), out);
        buf_append(out, STR("\n\n"));
    }
    mrcr_v2_write_question(grammar, key, wanted, (struct str){hash, sizeof hash}, out);
    buf_append(out, STR("\n\nAssistant: "));
    buf_append(out, (struct str){hash, sizeof hash});
    write_text(grammar, key, EXAMPLE_TOKENS, random_stream(seed, STR("text"), wanted), out);
    buf_append(out, STR("\n======== END EXAMPLE 1 ========\n\n"));
}
