using System.Net;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.SimpleNotificationService.Model;

namespace Amazon.SimpleNotificationService;

/// <summary>The AWS query protocol: a form in, XML out, the result in an element named after the operation.</summary>
internal sealed class QueryOperation<TResponse>(string action, Func<XElement, TResponse> read)
    : XmlResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
    where TResponse : AmazonWebServiceResponse
{
    internal static InvokeOptions For(string action, Func<XElement, TResponse> read)
    {
        var operation = new QueryOperation<TResponse>(action, read);
        return new InvokeOptions { RequestMarshaller = operation, ResponseUnmarshaller = operation };
    }

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, "Amazon.SimpleNotificationService");
        request.ParameterCollection.Add("Action", action);
        request.ParameterCollection.Add("Version", "2010-03-31");
        ((AmazonSimpleNotificationServiceRequest)input).Write(request.ParameterCollection);
        return request;
    }

    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input)
    {
        var answer = XElement.Load(input.Stream);
        var response = read(answer.Elements().FirstOrDefault(element => element.Name.LocalName == action + "Result") ?? answer);
        response.ResponseMetadata = new ResponseMetadata
        { RequestId = answer.Descendants().FirstOrDefault(element => element.Name.LocalName == "RequestId")?.Value };
        return response;
    }

    public override AmazonServiceException UnmarshallException(
        XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var error = XmlErrorResponseUnmarshaller.GetInstance().Unmarshall(input);
        error.InnerException = innerException;
        error.StatusCode = statusCode;
        return AmazonSimpleNotificationServiceException.For(error);
    }
}
