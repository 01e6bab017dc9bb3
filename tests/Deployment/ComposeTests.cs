using Das.Cli;
using Das.Cli.Hosting;
using System.ComponentModel;
using YamlDotNet.RepresentationModel;

namespace Das.Tests.Deployment;

public class ComposeTests
{
    private const string Volume = "das-home:/data";
    private static readonly YamlMappingNode compose = Load();
    private static readonly string[] ours = ["admin", .. PipelineStages.Das.Names];

    public static TheoryData<string> Services => [.. Map(compose, "services").Children.Keys.Select(name => name.ToString())];

    public static TheoryData<string> OurServices => [.. ours];

    [Fact]
    public void There_are_a_broker_an_admin_and_every_stage() =>
        Assert.Equal([.. ours.Append("broker").Order()], Map(compose, "services").Children.Keys.Select(name => name.ToString()).Order());

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_is_checked_for_health(string service)
    {
        var check = Map(Service(service), "healthcheck");
        Assert.Equal("CMD", Items(check, "test")[0]);
        Assert.All(["interval", "timeout", "retries", "start_period"], key => Assert.True(check.Children.ContainsKey(key), $"{service}: {key}"));
    }

    [Theory]
    [MemberData(nameof(OurServices))]
    public void Ours_share_one_volume_for_DAS_HOME(string service)
    {
        Assert.Contains(Volume, Items(Service(service), "volumes"));
        Assert.Equal("/data", Environment(service)["DAS_HOME"]);
        Assert.True(Map(compose, "volumes").Children.ContainsKey("das-home"));
    }

    [Theory]
    [MemberData(nameof(OurServices))]
    public void Ours_wait_until_the_broker_is_well(string service) =>
        Assert.Equal("service_healthy", Map(Map(Service(service), "depends_on"), "broker").Children["condition"].ToString());

    [Theory]
    [MemberData(nameof(OurServices))]
    public void Ours_run_a_command_line_that_das_understands(string service)
    {
        var context = new CliContext(new PipelineHost(), new Terminal(TextWriter.Null, TextWriter.Null), CancellationToken.None);
        string[] command = Items(Service(service), "command");
        Assert.Empty(DasCli.Build(context).Parse(command).Errors);
        Assert.Equal(service == "admin" ? ["serve"] : ["worker", service], command[..(service == "admin" ? 1 : 2)]);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_variable_that_is_set_is_one_that_is_read(string service)
    {
        foreach (var (name, value) in Environment(service).Where(variable => variable.Key.StartsWith("DAS_")))
        {
            if (name == "DAS_HOME") continue;
            var setting = DeploymentSettings.Find(name);
            Assert.True(setting is not null, $"{service} sets {name}, which no settings class has.");
            Assert.True(TypeDescriptor.GetConverter(setting.PropertyType).IsValid(value),
                $"{service} sets {name} to '{value}', which is no {setting.PropertyType.Name}.");
        }
    }

    [Fact]
    public void The_brokers_user_is_the_one_that_we_log_in_as()
    {
        var broker = Environment("broker");
        var admin = Environment("admin");
        Assert.Equal(broker["RABBITMQ_DEFAULT_USER"], admin["DAS_BUS__USER"]);
        Assert.Equal(broker["RABBITMQ_DEFAULT_PASS"], admin["DAS_BUS__PASSWORD"]);
        Assert.Equal("broker", admin["DAS_BUS__HOST"]);
    }

    [Fact]
    public void The_admin_is_well_when_it_is_ready() =>
        Assert.Contains("GET /health/ready ", string.Join(' ', Items(Map(Service("admin"), "healthcheck"), "test")));

    [Fact]
    public void It_says_how_to_add_the_operator_without_whom_the_admin_does_not_start() =>
        Assert.Contains("docker compose run --rm admin users add NAME --role operator", File.ReadAllText(Repository.PathOf("docker-compose.yml")));

    [Fact]
    public void A_GPU_reservation_waits_as_a_comment() => Assert.Contains("# deploy:", File.ReadAllText(Repository.PathOf("docker-compose.yml")));

    private static YamlMappingNode Load()
    {
        using var reader = File.OpenText(Repository.PathOf("docker-compose.yml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    /// <summary>The service with what it merges in; its own keys win, as in compose.</summary>
    private static YamlMappingNode Service(string name)
    {
        var own = Map(Map(compose, "services"), name);
        if (!own.Children.ContainsKey("<<")) return own;
        var both = own.Children.Concat(Map(own, "<<").Children).Where(item => item.Key.ToString() != "<<");
        return new(both.DistinctBy(item => item.Key.ToString()));
    }

    private static YamlMappingNode Map(YamlMappingNode node, string key) => Assert.IsType<YamlMappingNode>(node.Children[key]);

    private static string[] Items(YamlMappingNode node, string key) => [.. Assert.IsType<YamlSequenceNode>(node.Children[key]).Select(item => item.ToString())];

    private static Dictionary<string, string> Environment(string service) =>
        Map(Service(service), "environment").Children.ToDictionary(variable => variable.Key.ToString(), variable => variable.Value.ToString());
}
