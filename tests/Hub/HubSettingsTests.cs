using Das.Training.Hub;

namespace Das.Tests.Hub;

[Collection(nameof(Cli.DasHome))]
public sealed class HubSettingsTests : FolderTest
{
    private static string Home => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", "hub");

    [Fact]
    public void Without_variables_the_hub_is_Hugging_Faces_and_the_cache_that_of_its_libraries()
    {
        using HubVariables none = new(("HF_TOKEN_PATH", folder["none"]));
        HubSettings settings = HubSettings.FromEnvironment();
        Assert.Equal(("https://huggingface.co/", Home, null, false), (settings.Endpoint.AbsoluteUri, settings.Cache, settings.Token, settings.Offline));
    }

    [Fact]
    public void The_variables_of_Hugging_Faces_libraries_say_hub_cache_token_and_whether_it_is_asked()
    {
        folder.Write("token", " hf_stored\n");
        using HubVariables set = new(("HF_HOME", folder.Path), ("HF_ENDPOINT", "https://mirror.example.org/"), ("TRANSFORMERS_OFFLINE", "true"));
        HubSettings settings = HubSettings.FromEnvironment();
        Assert.Equal(("mirror.example.org", folder["hub"], "hf_stored", true), (settings.Endpoint.Host, settings.Cache, settings.Token, settings.Offline));
        (set["HF_TOKEN"], set["HF_HUB_CACHE"], set["HF_HUB_OFFLINE"]) = ("hf_given", folder["other"], "0");
        settings = HubSettings.FromEnvironment();
        Assert.Equal((folder["other"], "hf_given", false), (settings.Cache, settings.Token, settings.Offline));
    }

    [Theory]
    [InlineData("HF_ENDPOINT", "huggingface.co", "is no address of a hub")]
    [InlineData("HF_ENDPOINT", "ftp://huggingface.co", "is no address of a hub")]
    [InlineData("HF_TOKEN", "hf_a\nX-Evil: 1", "The hub's token holds white space")]
    public void A_variable_that_cannot_be_used_is_named(string name, string value, string sentence)
    {
        using HubVariables set = new((name, value));
        Refuses.Usage(sentence, () => HubSettings.FromEnvironment());
    }
}
