using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Das.Fuzz;

/// <summary>
/// Which branches of a reader's code inputs reach, where SharpFuzz has instrumented the assemblies (<c>fuzz.sh coverage</c>). A branch is a stretch of
/// code behind a jump, as SharpFuzz marks them; all of an assembly are counted from its instructions.
/// </summary>
internal static unsafe class Coverage
{
    private const string Common = "SharpFuzz.Common", OnBranch = "OnBranch";

    private static readonly byte[] shared = GC.AllocateArray<byte>(1 << 16, pinned: true);
    private static readonly HashSet<(int Id, string Method)> reached = [];

    /// <summary>Lets instrumented code say where it is. It must be called before any other of the product's code.</summary>
    public static bool Attach()
    {
        string file = Path.Combine(AppContext.BaseDirectory, Common + ".dll");
        if (!File.Exists(file)) return false;
        Type trace = Assembly.LoadFrom(file).GetType("SharpFuzz.Common.Trace")!;
        fixed (byte* start = shared) trace.GetField("SharedMem")!.SetValue(null, Pointer.Box(start, typeof(byte*)));
        trace.GetField(OnBranch)!.SetValue(null, (Action<int, string>)((id, method) => reached.Add((id, method))));
        return true;
    }

    /// <summary>Reads inputs in this process and prints the share of the reader's branches that they reached.</summary>
    public static void Print(Reader reader, ulong seed, long inputs)
    {
        _ = reader.Seeds;
        reached.Clear();
        Runner.Run(reader, seed, Enumerable.Range(0, (int)inputs).Select(i => (long)i), _ => { }, _ => { });
        HashSet<(int, string Method)> all = [.. reader.Code.Select(code => code.Assembly).Distinct().SelectMany(Branches)];
        bool Own((int, string Method) branch) => reader.Code.Any(code => branch.Method.Contains(code.Type, StringComparison.Ordinal));
        (int hit, int total) = (reached.Count(Own), all.Count(Own));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {reader.Name} | {seed} | {inputs} | {hit} of {total} | {100.0 * hit / total:0} % |"));
    }

    /// <summary>Every mark in an assembly: <c>ldsfld OnBranch; ldc.i4 id; ldstr method</c>.</summary>
    private static List<(int, string)> Branches(string assembly)
    {
        const byte loadField = 0x7e, loadNumber = 0x20, loadText = 0x72;
        using PEReader file = new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
        MetadataReader metadata = file.GetMetadataReader();
        int mark = metadata.MemberReferences.Where(member => metadata.GetString(metadata.GetMemberReference(member).Name) == OnBranch)
            .Select(member => MetadataTokens.GetToken(member)).Single();
        List<(int, string)> branches = [];
        byte[] pattern = [loadField, .. BitConverter.GetBytes(mark), loadNumber];
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            int address = metadata.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address == 0) continue;
            byte[] code = file.GetMethodBody(address).GetILBytes()!;
            for (int at = 0; code.AsSpan(at).IndexOf(pattern) is >= 0 and var found; at += found + pattern.Length)
            {
                ReadOnlySpan<byte> rest = code.AsSpan(at + found + pattern.Length);
                if (rest.Length >= 9 && rest[4] == loadText)
                    branches.Add((BinaryPrimitives.ReadInt32LittleEndian(rest),
                        metadata.GetUserString((UserStringHandle)MetadataTokens.Handle(BinaryPrimitives.ReadInt32LittleEndian(rest[5..])))));
            }
        }
        return branches;
    }
}
