namespace Das.Benchmarks.Text;

/// <summary>VQA's answer normalisation as ViLT, METER and LLaVA apply it, its oddities included (<c>V/utils/glossary.py:168-191</c>,
/// method appendix A).</summary>
public static class AnswerNormalizer
{
    private const string Punctuation = ";/[]\"{}()=+\\_-><@`,?!";

    /// <summary>The published code passes a flag of value 32 where the number of replacements belongs.</summary>
    private const int MostPeriodsRemoved = 32;

    private static readonly Dictionary<string, string> Numbers = new()
    {
        ["none"] = "0", ["zero"] = "0", ["one"] = "1", ["two"] = "2", ["three"] = "3", ["four"] = "4",
        ["five"] = "5", ["six"] = "6", ["seven"] = "7", ["eight"] = "8", ["nine"] = "9", ["ten"] = "10",
    };

    /// <summary>The published table without the entries that cannot change a lower-case word.</summary>
    private static readonly Dictionary<string, string> Contractions = """
        aint ain't; arent aren't; cant can't; couldve could've; couldnt couldn't; couldn'tve couldn't've; couldnt've couldn't've;
        didnt didn't; doesnt doesn't; dont don't; hadnt hadn't; hadnt've hadn't've; hadn'tve hadn't've; hasnt hasn't; havent haven't;
        hed he'd; hed've he'd've; he'dve he'd've; hes he's; howd how'd; howll how'll; hows how's; isnt isn't; itd it'd; itd've it'd've;
        it'dve it'd've; itll it'll; maam ma'am; mightnt mightn't; mightnt've mightn't've; mightn'tve mightn't've; mightve might've;
        mustnt mustn't; mustve must've; neednt needn't; notve not've; oclock o'clock; oughtnt oughtn't; ow's'at 'ow's'at;
        'ows'at 'ow's'at; 'ow'sat 'ow's'at; shant shan't; shed've she'd've; she'dve she'd've; shouldve should've; shouldnt shouldn't;
        shouldnt've shouldn't've; shouldn'tve shouldn't've; somebody'd somebodyd; somebodyd've somebody'd've; somebody'dve somebody'd've;
        somebodyll somebody'll; somebodys somebody's; someoned someone'd; someoned've someone'd've; someone'dve someone'd've;
        someonell someone'll; someones someone's; somethingd something'd; somethingd've something'd've; something'dve something'd've;
        somethingll something'll; thats that's; thered there'd; thered've there'd've; there'dve there'd've; therere there're;
        theres there's; theyd they'd; theyd've they'd've; they'dve they'd've; theyll they'll; theyre they're; theyve they've; twas 'twas;
        wasnt wasn't; wed've we'd've; we'dve we'd've; weve we've; werent weren't; whatll what'll; whatre what're; whats what's;
        whatve what've; whens when's; whered where'd; wheres where's; whereve where've; whod who'd; whod've who'd've; who'dve who'd've;
        wholl who'll; whos who's; whove who've; whyll why'll; whyre why're; whys why's; wont won't; wouldve would've; wouldnt wouldn't;
        wouldnt've wouldn't've; wouldn'tve wouldn't've; yall y'all; yall'll y'all'll; y'allll y'all'll; yall'd've y'all'd've;
        y'alld've y'all'd've; y'all'dve y'all'd've; youd you'd; youd've you'd've; you'dve you'd've; youll you'll; youre you're;
        youve you've
        """.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(p => p.Split(' ')).ToDictionary(p => p[0], p => p[1]);

    /// <summary>Punctuation, periods, case, number words, articles, contractions and commas, in this order.</summary>
    public static string Normalize(string answer)
    {
        string[] words = [.. Words(WithoutPeriods(WithoutPunctuation(answer)).ToLowerInvariant())
            .Select(w => Numbers.GetValueOrDefault(w, w))
            .Where(w => w is not ("a" or "an" or "the"))
            .Select(w => Contractions.GetValueOrDefault(w, w))];
        return string.Join(' ', words).Replace(",", "");
    }

    /// <summary>Every test looks at the original text: one mark beside a space, or one "1,000" anywhere, and marks vanish instead of becoming spaces.</summary>
    private static string WithoutPunctuation(string text)
    {
        bool thousands = HasCommaBetweenDigits(text);
        string result = text;
        foreach (char mark in Punctuation)
            result = thousands || text.Contains($"{mark} ") || text.Contains($" {mark}")
                ? result.Replace(mark.ToString(), "")
                : result.Replace(mark, ' ');
        return result;
    }

    private static bool HasCommaBetweenDigits(string text)
    {
        for (int i = 1; i < text.Length - 1; i++)
            if (text[i] == ',' && char.IsDigit(text[i - 1]) && char.IsDigit(text[i + 1])) return true;
        return false;
    }

    private static string WithoutPeriods(string text)
    {
        StringBuilder kept = new(text.Length);
        int removed = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool goes = text[i] == '.' && removed < MostPeriodsRemoved && !(i + 1 < text.Length && char.IsDigit(text[i + 1]));
            if (goes) removed++;
            else kept.Append(text[i]);
        }
        return kept.ToString();
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
