namespace Das.Tests.Benchmarks;

/// <summary>Chat templates beyond what is recorded (<c>Parity/ChatTemplateParity.cs</c>).</summary>
public sealed class ChatTemplateTests : FolderTest
{
    internal const string ChatMl =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private const string Default = "{% for message in messages %}"
        + "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}"
        + "{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private static readonly ChatMessage[] asked = [new("user", "Why?")];

    private static ChatTemplate Of(string template) => ChatTemplate.Of(template, "<s>", "</s>", "model");

    [Theory]
    [InlineData("{%- for message in messages -%}\n  {{- \"<|im_start|>\" + message.role + '\\n' + message.content + \"<|im_end|>\" + '\\n' -}}\n{%- endfor %}\n"
        + "{% if add_generation_prompt %}\r\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n")]
    [InlineData("{# a comment #}\n{% for message in messages %}\n  "
        + "{{- '<|im_start|>'+message [ 'role' ] +'\n'+message['content']+'<|im_end|>'+'\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")]
    public void Layout_quotes_and_spelling_do_not_count(string template) =>
        Assert.Equal("<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n", Of(template).Write(asked, asks: true));

    [Fact]
    public void A_default_system_message_is_whatever_the_template_says()
    {
        Assert.Equal("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n", Of(Default).Write(asked, asks: false));
        Assert.Equal("<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n",
            Of(Default).Write([new("system", "Be short."), .. asked], asks: false));
    }

    [Theory]
    [InlineData("message['content'] + ", "message['content'] | trim + ")]
    [InlineData("'<|im_end|>' + '\n'}}", "'<|im_end|>'}}")]
    [InlineData("{% endfor %}", "\n{% endfor %}")]
    [InlineData("{% endfor %}", " {% endfor %}")]
    [InlineData("{% endfor %}", "{% endfor %}x")]
    [InlineData("{% for message in messages %}", "{% for message in messages %}{% if loop.first %}{{ '<|im_start|>system\nHi<|im_end|>\n' }}{% endif %}")]
    [InlineData("message['role']", "message['name']")]
    [InlineData("if add_generation_prompt", "if not add_generation_prompt")]
    [InlineData("<|im_start|>assistant\n", "<|im_start|>assistant\\n\\u0041")]
    [InlineData("{% endif %}", "{% endif ")]
    [InlineData("{% endif %}", "{% endif %}{{ 'open }}")]
    [InlineData("assistant", "assistants")]
    public void A_template_that_says_anything_else_is_refused_and_not_guessed(string said, string changed)
    {
        Assert.Contains(said, ChatMl, StringComparison.Ordinal);
        Refuses.Data("model: the chat template is none of the published forms", () => Of(ChatMl.Replace(said, changed, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_token_that_the_template_writes_must_be_named()
    {
        string mistral = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests/fixtures/parity/decoders/C06_chat_mistral_v1/case.json"))).RootElement
            .String("template");
        Refuses.Data("are not both named", () => ChatTemplate.Of(mistral, null, "</s>", "model"));
        Refuses.Data("are not both named", () => ChatTemplate.Of(mistral, "<s>", null, "model"));
        Assert.Equal("</s>", ChatTemplate.Of(mistral, "<s>", "</s>", "model").EndOfAnswer);
    }

    [Fact]
    public void What_tools_answer_one_after_the_other_is_one_turn_of_Qwen3()
    {
        string qwen = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests/fixtures/parity/decoders/C03_chat_qwen3/case.json"))).RootElement
            .String("template");
        const string response = "\n<tool_response>\n{0}\n</tool_response>";
        Assert.Equal($"<|im_start|>user\nq<|im_end|>\n<|im_start|>user{string.Format(response, 1)}{string.Format(response, 2)}<|im_end|>\n"
            + "<|im_start|>assistant\n<think>\nso\n</think>\n\n3<|im_end|>\n",
            Of(qwen).Write([new("user", "q"), new("tool", "1"), new("tool", "2"), new("assistant", "<think>\nso\n</think>\n3")], asks: false));
        Refuses.Data("refuses the messages", () => Of(qwen).Write([], asks: true));
    }

    /// <summary>An answer is learnt as the template itself writes it.</summary>
    [Theory]
    [InlineData("C01_chat_smollm2")]
    [InlineData("C02_chat_chatml")]
    [InlineData("C03_chat_qwen3")]
    [InlineData("C04_chat_llama3")]
    [InlineData("C05_chat_mistral_nemo")]
    [InlineData("C06_chat_mistral_v1")]
    public void What_is_asked_and_its_answer_are_what_the_template_writes_of_both(string recording)
    {
        string template = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf($"tests/fixtures/parity/decoders/{recording}/case.json"))).RootElement
            .String("template");
        ChatTemplate chat = Of(template);
        string whole = chat.Write([.. asked, new("assistant", "Because.")], asks: false);
        Assert.StartsWith(chat.Write(asked, asks: true) + chat.BeforeAnswer + "Because." + chat.EndOfAnswer, whole);
    }

    [Fact]
    public void The_file_of_its_own_counts_before_the_configuration_which_may_hold_several_by_name()
    {
        string config = folder["tokenizer_config.json"];
        JsonObject said = new() { ["eos_token"] = new JsonObject { ["content"] = "<|im_end|>" }, ["chat_template"] = Default };
        File.WriteAllText(config, said.ToJsonString());
        File.WriteAllText(folder["chat_template.jinja"], ChatMl);
        Assert.StartsWith("<|im_start|>system", ChatTemplateFiles.Load(config, null)!.Write(asked, asks: true));
        Assert.StartsWith("<|im_start|>user", ChatTemplateFiles.Load(config, folder["chat_template.jinja"])!.Write(asked, asks: true));
        said["chat_template"] = new JsonArray(new JsonObject { ["name"] = "tool_use", ["template"] = "{{ x }}" },
            new JsonObject { ["name"] = "default", ["template"] = ChatMl });
        File.WriteAllText(config, said.ToJsonString());
        Assert.StartsWith("<|im_start|>user", ChatTemplateFiles.Load(config, null)!.Write(asked, asks: true));
        File.WriteAllText(config, "{}");
        Assert.Null(ChatTemplateFiles.Load(config, null));
    }
}
